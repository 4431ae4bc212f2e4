"""How Qt's own widgets look."""

from monitor.views import theme

__all__ = ["style_sheet"]


def style_sheet() -> str:
    """Return the Qt style sheet of the window, in the theme's colours."""
    button_line = f"border: 1px solid {theme.BUTTON_BORDER}; border-radius: 4px;"
    focus_line = f"border: 2px solid {theme.LEFT};"
    chosen = f"selection-background-color: {theme.NOTE}; selection-color: {theme.ON_NOTE};"
    box = f"border: 1px solid {theme.BORDER}; border-radius: 4px;"
    return f"""
    QWidget {{ background: {theme.BACKGROUND}; color: {theme.TEXT};
        font-size: {theme.FONT_TEXT_PX}px; }}
    QLabel {{ background: transparent; }}
    QFrame#header, QFrame#panel {{ background: {theme.PANEL}; {box} }}
    QLabel[role="caption"] {{ color: {theme.TEXT_DIM}; font-size: {theme.FONT_SMALL_PX}px; }}
    QLabel[role="value"] {{ font-size: {theme.FONT_VALUE_PX}px; font-weight: 600; }}
    QLabel[role="detail"] {{ font-size: {theme.FONT_LABEL_PX}px; font-weight: 600; }}
    QLabel[role="section"] {{ font-weight: 700; }}
    QLabel[role="status"] {{ color: {theme.TEXT_DIM}; }}
    QLabel#untrained {{ background: {theme.CAUTION}; color: {theme.ON_CAUTION};
        font-weight: 800; font-size: {theme.FONT_TEXT_PX}px; padding: 4px 12px;
        border-radius: 4px; }}
    QPushButton {{ background: {theme.BUTTON}; {button_line} padding: 6px 8px;
        font-weight: 600; }}
    QPushButton:hover {{ border-color: {theme.TEXT}; }}
    QPushButton:pressed {{ background: {theme.NOTE}; color: {theme.ON_NOTE}; }}
    QPushButton:focus {{ {focus_line} padding: 5px 7px; }}
    QPushButton:disabled {{ background: {theme.PANEL}; color: {theme.INVALID};
        border-color: {theme.BORDER}; }}
    QPushButton:checked {{ background: {theme.CAUTION}; color: {theme.ON_CAUTION}; }}
    QLineEdit {{ background: {theme.PLOT}; {button_line} padding: 4px 8px; }}
    QAbstractSpinBox {{ background: {theme.PLOT}; {button_line} padding: 3px 6px; }}
    QAbstractSpinBox:focus {{ {focus_line} padding: 2px 5px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
    QAbstractSpinBox QLineEdit {{ background: transparent; border: none; padding: 0; }}
    QPlainTextEdit {{ background: {theme.PLOT}; {box} }}
    QLineEdit:focus {{ {focus_line} padding: 3px 7px; }}
    QComboBox {{ background: {theme.BUTTON}; {button_line} padding: 3px 2px 3px 5px; }}
    QComboBox:focus {{ {focus_line} padding: 2px 1px 2px 4px; }}
    QComboBox QAbstractItemView {{ background: {theme.PANEL}; {chosen} }}
    QTableView {{ background: {theme.PLOT}; alternate-background-color: {theme.PLOT_ALTERNATE};
        gridline-color: {theme.GRID}; {box} {chosen} }}
    QTableView:focus {{ {focus_line} }}
    QHeaderView {{ background: {theme.PANEL}; }}
    QHeaderView::section {{ background: {theme.PANEL}; color: {theme.TEXT_DIM}; border: none;
        border-bottom: 1px solid {theme.BORDER}; padding: 2px 3px;
        font-size: {theme.FONT_SMALL_PX}px; }}
    QTableCornerButton::section {{ background: {theme.PANEL}; border: none; }}
    QScrollBar:vertical {{ background: {theme.PLOT}; width: 12px; }}
    QScrollBar::handle:vertical {{ background: {theme.BUTTON_BORDER}; border-radius: 5px;
        min-height: 24px; }}
    QScrollBar:horizontal {{ background: {theme.PLOT}; height: 12px; }}
    QScrollBar::handle:horizontal {{ background: {theme.BUTTON_BORDER}; border-radius: 5px;
        min-width: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
    QToolTip {{ background: {theme.PANEL}; color: {theme.TEXT};
        border: 1px solid {theme.BORDER}; }}
    """
