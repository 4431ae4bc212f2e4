"""A map of the head as a piece of SVG that stands in the HTML itself."""

import html
from collections.abc import Collection, Sequence

from core.electrodes import ELECTRODES, map_positions

__all__ = ["scalp_svg"]

_SIDE = 200
_MIDDLE = (100.0, 106.0)
_HEAD = 86.0
_RING = 0.88 * _HEAD
_DOT = 13.5
_INK, _LINE = "#222", "#777"
_LOW, _HIGH = (255, 255, 255), (230, 159, 0)
"""White to orange, below dark letters: 7 to 1 at the least."""


def scalp_svg(shares: Sequence[float | None], dominant: Collection[str], description: str) -> str:
    """Draw the head from above, nose up.

    Parameters
    ----------
    shares
        Of the 19 electrodes, 0 to 1; None where unknown: a dotted ring.
    dominant
        Names of those that get a heavy ring.
    description
        What it shows, for who cannot see it.
    """
    x, y = _MIDDLE
    dots = "".join(
        _dot(name, x + _RING * place[0], y - _RING * place[1], share, is_dominant=name in dominant)
        for name, place, share in zip(ELECTRODES, map_positions().tolist(), shares, strict=True)
    )
    ears = "".join(
        f'<ellipse cx="{x + side * 1.035 * _HEAD:.1f}" cy="{y:g}" rx="5" ry="15"/>'
        for side in (-1, 1)
    )
    nose = f'<path d="M{x - 11:g} {y - _HEAD + 1:g}L{x:g} {y - _HEAD - 11:g}L{x + 11:g} '
    nose += f'{y - _HEAD + 1:g}"/>'
    return (
        f'<svg role="img" aria-label="{html.escape(description)}" viewBox="0 0 {_SIDE} {_SIDE}" '
        f'width="{_SIDE}" height="{_SIDE}"><g fill="none" stroke="{_LINE}" stroke-width="1.6">'
        f'{ears}{nose}<circle cx="{x:g}" cy="{y:g}" r="{_HEAD:g}" fill="#fff"/></g>'
        f'<g font-size="11" text-anchor="middle" fill="{_INK}">{dots}</g></svg>'
    )


def _dot(name: str, x: float, y: float, share: float | None, *, is_dominant: bool) -> str:
    fill = "".join(
        f"{round(a + (b - a) * (share or 0.0)):02x}" for a, b in zip(_LOW, _HIGH, strict=True)
    )
    line = f'stroke="{_INK}" stroke-width="3"' if is_dominant else f'stroke="{_LINE}"'
    dotted = ' stroke-dasharray="2 2"' if share is None else ""
    weight = ' font-weight="bold"' if is_dominant else ""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT:g}" fill="#{fill}" {line}{dotted}/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}"{weight}>{name}</text>'
    )
