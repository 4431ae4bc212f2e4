"""What the figures of an evaluation have in common, without pyplot's global state.

Colours are those of Okabe and Ito, which readers with any form of colour blindness tell apart.
"""

import io
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "NOT_DEFINED",
    "ORANGE",
    "VERMILION",
    "plain",
    "png",
    "say_not_defined",
    "unit",
]

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY, INK = "#8A8A8A", "#222222"
NOT_DEFINED = "not defined"
DPI = 110


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """Render a figure; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def plain(axes: Axes) -> None:
    """Take off what tells nothing."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def unit(set_limits: Callable[..., Any], axis: Any) -> None:
    """Let an axis run from 0 to 100 %."""
    set_limits(-0.02, 1.02)
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def say_not_defined(axes: Axes) -> None:
    """Say so in the place of empty axes."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, NOT_DEFINED, transform=axes.transAxes, ha="center", color=GREY)
