"""Colours, letters and layout of the window: changed by keys, remembered between sessions."""

from PySide6.QtWidgets import QSplitter, QWidget

from monitor.views import theme
from monitor.views.settings import WindowSettings
from monitor.views.style_sheet import style_sheet

__all__ = ["Appearance"]


class Appearance:
    """How a window looks.

    Parameters
    ----------
    window
        What is styled. Widgets that keep sizes or pictures of their own hear of a change through
        Qt's ``StyleChange`` event.
    settings
        What is remembered; None: nothing.
    """

    def __init__(self, window: QWidget, settings: WindowSettings | None) -> None:
        self._window = window
        self._settings = settings
        self.palette = "night" if settings is None else settings.palette
        self.font_scale = 1.0 if settings is None else settings.font_scale
        # Widgets measure their texts when they are made.
        theme.use(self.palette, self.font_scale)

    def apply(self) -> None:
        """Give everything the colours and letters of the theme."""
        theme.use(self.palette, self.font_scale)
        self._window.setStyleSheet(style_sheet())

    def toggle_palette(self) -> None:
        """Change between night and day."""
        names = list(theme.PALETTES)
        self.palette = names[(names.index(self.palette) + 1) % len(names)]
        self.apply()

    def step_font(self, steps: int) -> None:
        """Take larger or smaller letters."""
        place = theme.FONT_SCALES.index(self.font_scale) + steps
        self.font_scale = theme.FONT_SCALES[max(0, min(place, len(theme.FONT_SCALES) - 1))]
        self.apply()

    def restore_layout(self, splitter: QSplitter) -> None:
        """Take the place on the screen and the proportions of the last session."""
        if self._settings is not None:
            splitter.restoreState(self._settings.layout("splitter"))
            self._window.restoreGeometry(self._settings.layout("window"))

    def remember(self, splitter: QSplitter) -> None:
        """Keep everything for the next session."""
        if self._settings is None:
            return
        self._settings.palette = self.palette
        self._settings.font_scale = self.font_scale
        self._settings.keep_layout("splitter", splitter.saveState())
        # A full screen is no size to come back to.
        if not self._window.isFullScreen():
            self._settings.keep_layout("window", self._window.saveGeometry())
        self._settings.save()
