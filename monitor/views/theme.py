"""Colours and sizes of the bedside window.

Red, yellow and green are never the only sign of a state: each comes with its own word and symbol.
The hues follow Okabe and Ito's palette, which stays distinct with the common colour deficiencies;
light text on the dark ground keeps a contrast of at least 4.5 to 1.
"""

__all__ = [
    "ALARM",
    "ALARM_DIM",
    "BACKGROUND",
    "BORDER",
    "CAUTION",
    "FLASH_MS",
    "FONT_BANNER_PX",
    "FONT_LABEL_PX",
    "FONT_SMALL_PX",
    "FONT_TEXT_PX",
    "FONT_VALUE_PX",
    "GRID",
    "INVALID",
    "LEFT",
    "MIDLINE",
    "NORMAL",
    "NOTE",
    "ON_CAUTION",
    "PANEL",
    "PLOT",
    "PROVISIONAL",
    "RIGHT",
    "TEXT",
    "TEXT_DIM",
    "style_sheet",
]

BACKGROUND = "#10161c"
PANEL = "#18212a"
PLOT = "#0a0f14"
BORDER = "#2f3b47"
GRID = "#1d2731"
TEXT = "#eef2f6"
TEXT_DIM = "#a3b1be"

ALARM = "#d2281c"
ALARM_DIM = "#7d1710"
CAUTION = "#f0c419"
ON_CAUTION = "#14110a"
NORMAL = "#0b6b53"
NOTE = "#2c4a66"

LEFT = "#8ec5f0"
MIDLINE = "#d5dbe1"
RIGHT = "#f2bd8c"
INVALID = "#56626d"
PROVISIONAL = "#e69f00"

FONT_SMALL_PX = 12
FONT_LABEL_PX = 13
FONT_TEXT_PX = 14
FONT_VALUE_PX = 18
FONT_BANNER_PX = 34

FLASH_MS = 250
"""Half a period: 2 Hz with a duty of 50 %, the range in use for alarms of high priority."""


def style_sheet() -> str:
    """Return the Qt style sheet of the window."""
    return f"""
    QWidget {{ background: {BACKGROUND}; color: {TEXT}; font-size: {FONT_TEXT_PX}px; }}
    QLabel {{ background: transparent; }}
    QFrame#header, QFrame#panel {{ background: {PANEL}; border: 1px solid {BORDER};
        border-radius: 4px; }}
    QLabel[role="caption"] {{ color: {TEXT_DIM}; font-size: {FONT_SMALL_PX}px; }}
    QLabel[role="value"] {{ font-size: {FONT_VALUE_PX}px; font-weight: 600; }}
    QLabel[role="section"] {{ font-weight: 700; padding-top: 4px; }}
    QLabel[role="status"] {{ color: {TEXT_DIM}; }}
    QLabel#untrained {{ background: {CAUTION}; color: {ON_CAUTION}; font-weight: 800;
        font-size: {FONT_TEXT_PX}px; padding: 4px 12px; border-radius: 4px; }}
    QPushButton {{ background: #2a3743; border: 1px solid #4a5a69; border-radius: 4px;
        padding: 8px 14px; font-weight: 600; }}
    QPushButton:hover {{ background: #354554; }}
    QPushButton:pressed {{ background: #1f2a34; }}
    QPushButton:focus {{ border: 2px solid {LEFT}; padding: 7px 13px; }}
    QPushButton:disabled {{ background: {PANEL}; color: #66727e; border-color: {BORDER}; }}
    QPushButton:checked {{ background: {CAUTION}; color: {ON_CAUTION}; }}
    QComboBox {{ background: #2a3743; border: 1px solid #4a5a69; border-radius: 4px;
        padding: 3px 8px; }}
    QComboBox QAbstractItemView {{ background: {PANEL}; selection-background-color: {NOTE}; }}
    QTableView {{ background: {PLOT}; alternate-background-color: #0f161d;
        border: 1px solid {BORDER}; border-radius: 4px; gridline-color: {GRID};
        selection-background-color: {NOTE}; selection-color: {TEXT}; }}
    QHeaderView {{ background: {PANEL}; }}
    QHeaderView::section {{ background: {PANEL}; color: {TEXT_DIM}; border: none;
        border-bottom: 1px solid {BORDER}; padding: 4px 3px; font-size: {FONT_SMALL_PX}px; }}
    QTableCornerButton::section {{ background: {PANEL}; border: none; }}
    QScrollBar:vertical {{ background: {PLOT}; width: 12px; }}
    QScrollBar::handle:vertical {{ background: #3c4a57; border-radius: 5px; min-height: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
    QToolTip {{ background: {PANEL}; color: {TEXT}; border: 1px solid {BORDER}; }}
    """
