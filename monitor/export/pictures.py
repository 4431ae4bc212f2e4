"""Pictures small enough that a report with many of them can still be sent and opened."""

import io

from matplotlib.figure import Figure
from PIL import Image

from core.evaluation.drawing import png

__all__ = ["small_png"]

DPI = 110
_N_COLOURS = 64
"""Lines on white need no more; a third of the bytes."""


def small_png(figure: Figure) -> bytes:
    """Render a figure with a palette; the same figure gives the same bytes."""
    with Image.open(io.BytesIO(png(figure, dpi=DPI))) as picture:
        indexed = picture.convert("RGB").quantize(_N_COLOURS, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    indexed.save(buffer, format="png", optimize=True)
    return buffer.getvalue()
