"""Colours and sizes of the bedside window, for night and for day.

No state is told by colour alone: each comes with its own word and symbol. The hues follow Okabe
and Ito's palette, which stays distinct with the common colour deficiencies; red, yellow and cyan
of the alarm priorities are those of IEC 60601-1-8. Text keeps a contrast of at least 4.5 to 1.

The names in capitals are what the views read when they paint; :func:`use` gives them the values of
a palette and a font scale. A view that keeps a painted picture must paint it anew on Qt's
``StyleChange`` event, which the window's new style sheet sends to every widget.
"""

from dataclasses import asdict, dataclass

__all__ = ["FONT_SCALES", "PALETTES", "Palette", "use"]

BACKGROUND: str
PANEL: str
PLOT: str
PLOT_ALTERNATE: str
BORDER: str
GRID: str
TEXT: str
TEXT_DIM: str
BUTTON: str
BUTTON_BORDER: str

ALARM: str
ALARM_DIM: str
ON_ALARM: str
CAUTION: str
CAUTION_DIM: str
CAUTION_TEXT: str
ON_CAUTION: str
LOW: str
ON_LOW: str
NORMAL: str
NOTE: str
ON_NOTE: str

LEFT: str
MIDLINE: str
RIGHT: str
INVALID: str
PROVISIONAL: str
TAIL: str

FONT_SMALL_PX: int
FONT_LABEL_PX: int
FONT_TEXT_PX: int
FONT_VALUE_PX: int
FONT_BANNER_PX: int

FONT_SCALES = (0.85, 1.0, 1.15, 1.3, 1.5)
_FONTS_PX = {
    "FONT_SMALL_PX": 12,
    "FONT_LABEL_PX": 13,
    "FONT_TEXT_PX": 14,
    "FONT_VALUE_PX": 18,
    "FONT_BANNER_PX": 68,
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme; each field is the module's name in small letters."""

    background: str
    panel: str
    plot: str
    plot_alternate: str
    border: str
    grid: str
    text: str
    text_dim: str
    button: str
    button_border: str
    left: str
    midline: str
    right: str
    invalid: str
    provisional: str
    tail: str
    alarm_dim: str
    caution_dim: str
    caution_text: str
    note: str
    on_note: str
    alarm: str = "#d2281c"
    on_alarm: str = "#ffffff"
    caution: str = "#f0c419"
    on_caution: str = "#14110a"
    low: str = "#4fc8e8"
    on_low: str = "#06171c"
    normal: str = "#0b6b53"


PALETTES = {
    "night": Palette(
        background="#10161c",
        panel="#18212a",
        plot="#0a0f14",
        plot_alternate="#0f161d",
        border="#2f3b47",
        grid="#1d2731",
        text="#eef2f6",
        text_dim="#a3b1be",
        button="#2a3743",
        button_border="#4a5a69",
        left="#8ec5f0",
        midline="#d5dbe1",
        right="#f2bd8c",
        invalid="#56626d",
        provisional="#e69f00",
        tail="#221b0c",
        alarm_dim="#5a100b",
        caution_dim="#4a3d08",
        caution_text="#f0c419",
        note="#2c4a66",
        on_note="#eef2f6",
    ),
    "day": Palette(
        background="#e9edf1",
        panel="#f8fafb",
        plot="#ffffff",
        plot_alternate="#f2f5f8",
        border="#b4bfca",
        grid="#dde4ea",
        text="#131a20",
        text_dim="#4c5965",
        button="#dde4ea",
        button_border="#8997a4",
        left="#0a5a92",
        midline="#2c343b",
        right="#9a4a00",
        invalid="#a5afb8",
        provisional="#a86500",
        tail="#fbf0d8",
        alarm_dim="#f5c9c5",
        caution_dim="#f7ecc0",
        caution_text="#7a5600",
        note="#c9dbec",
        on_note="#131a20",
    ),
}


def use(palette: str = "night", font_scale: float = 1.0) -> None:
    """Give all names of this module the values of a palette and a font scale."""
    colours = {name.upper(): colour for name, colour in asdict(PALETTES[palette]).items()}
    fonts = {name: round(size_px * font_scale) for name, size_px in _FONTS_PX.items()}
    globals().update(colours | fonts)


use()
