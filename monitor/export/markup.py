"""Pieces of an HTML document that can be read with eyes, ears and on paper."""

import base64
import html
from collections.abc import Sequence

from core.evaluation.report_tables import Table

__all__ = ["STYLE", "captioned", "facts", "figure", "heading", "notice", "paragraph", "table"]

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; color: #222; background: #fff;
  max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 0.2rem; }
.subtitle { color: #555; margin: 0.1rem 0 1rem; }
.notice { background: #eef4f8; border-left: 5px solid #0072B2; padding: 0.5rem 0.9rem; }
.warning { background: #a33c00; color: #fff; font-weight: 700; padding: 0.7rem 0.9rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; }
a { color: #00568a; } a:focus-visible { outline: 3px solid #E69F00; }
dl { display: grid; grid-template-columns: minmax(11rem, max-content) 1fr; gap: 0.15rem 1.4rem;
  margin: 0.8rem 0; }
dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 0.6rem 0; font-size: 0.88rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #555; padding-bottom: 0.3rem; }
th, td { text-align: left; vertical-align: top; padding: 0.22rem 0.9rem 0.22rem 0;
  border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #555; vertical-align: bottom; } td { overflow-wrap: anywhere; }
th.number, td.number { text-align: right; white-space: nowrap; } td.time { white-space: nowrap; }
figure { margin: 1rem 0; } figure img { display: block; max-width: 100%; height: auto; }
.maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; }
.maps figure { margin: 0; } .maps svg { display: block; max-width: 100%; height: auto; }
figcaption { font-size: 0.88rem; color: #444; max-width: 52rem; }
@page { size: A4; margin: 14mm 12mm; }
@media print {
  body { font-size: 10pt; max-width: none; margin: 0; padding: 0; } nav { display: none; }
  h2, h3 { break-after: avoid; } figure, tr, dl { break-inside: avoid; }
  thead { display: table-header-group; } .wide { overflow: visible; } table { font-size: 8.5pt; }
  .warning, .notice { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  a { color: inherit; text-decoration: none; }
}
"""
"""Colours keep a contrast of 4.5 to 1; on paper, tables repeat their heads."""


def heading(level: int, text: str, anchor: str = "") -> str:
    """Write a heading, with an anchor to link to."""
    mark = f' id="{html.escape(anchor)}"' if anchor else ""
    return f"<h{level}{mark}>{html.escape(text)}</h{level}>"


def paragraph(text: str, style: str = "") -> str:
    """Write a paragraph."""
    return f'<p class="{style}">{html.escape(text)}</p>' if style else f"<p>{html.escape(text)}</p>"


def notice(text: str, *, warning: bool = False) -> str:
    """Write what must not be overlooked."""
    return f'<p role="note" class="{"warning" if warning else "notice"}">{html.escape(text)}</p>'


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Write names and values."""
    rows = (f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in pairs)
    return "<dl>\n" + "\n".join(rows) + "\n</dl>"


def table(content: Table, caption: str, numbers: Sequence[str] = ()) -> str:
    """Write a table.

    Parameters
    ----------
    content
        Its cells.
    caption
        What it holds.
    numbers
        Names of the columns that hold numbers.
    """
    styles = [' class="number"' if name in numbers else "" for name in content.columns]
    head = "".join(
        f'<th scope="col"{style}>{html.escape(name)}</th>'
        for name, style in zip(content.columns, styles, strict=True)
    )
    rows = (
        "<tr>"
        + "".join(
            f"<td{style}>{html.escape(cell)}</td>" for cell, style in zip(row, styles, strict=True)
        )
        + "</tr>"
        for row in content.rows
    )
    body = "\n".join(rows)
    return (
        f'<div class="wide"><table><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def captioned(picture: str, caption: str) -> str:
    """Write a picture that is markup itself, and what stands below it."""
    return f"<figure>{picture}<figcaption>{html.escape(caption)}</figcaption></figure>"


def figure(image: bytes, description: str, caption: str) -> str:
    """Write a picture with its data inside.

    Parameters
    ----------
    image
        PNG.
    description
        What it shows, for who cannot see it.
    caption
        Stands below it.
    """
    data = base64.b64encode(image).decode("ascii")
    return (
        f'<figure><img alt="{html.escape(description)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
