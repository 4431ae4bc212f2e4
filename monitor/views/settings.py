"""What the window remembers from one session to the next."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from monitor.views import theme

__all__ = ["WindowSettings"]


class WindowSettings:
    """Theme, size of letters, layout, and how the signal was shown.

    They are in a file under the user's configuration folder. Audio off is not remembered: every
    session begins with sound. A value that makes no sense is as good as none.

    Parameters
    ----------
    path
        None: a file under ``vigil`` in the user's configuration folder.
    name
        Of that file.
    """

    def __init__(self, path: Path | None = None, name: str = "window.ini") -> None:
        if path is None:
            place = QStandardPaths.StandardLocation.GenericConfigLocation
            path = Path(QStandardPaths.writableLocation(place)) / "vigil" / name
        self._values = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def palette(self) -> str:
        """Name of the theme."""
        name = str(self._values.value("palette", "night"))
        return name if name in theme.PALETTES else "night"

    @palette.setter
    def palette(self, name: str) -> None:
        self._values.setValue("palette", name)

    @property
    def font_scale(self) -> float:
        try:
            scale = float(str(self._values.value("font_scale", 1.0)))
        except ValueError:
            return 1.0
        return scale if scale in theme.FONT_SCALES else 1.0

    @font_scale.setter
    def font_scale(self, scale: float) -> None:
        self._values.setValue("font_scale", scale)

    @property
    def reviewer(self) -> str:
        """Who reviewed last; empty where nobody has."""
        return str(self._values.value("reviewer", "")).strip()

    @reviewer.setter
    def reviewer(self, name: str) -> None:
        self._values.setValue("reviewer", name)

    def layout(self, name: str) -> QByteArray:
        """Return a geometry or splitter state that was kept, or an empty one."""
        state = self._values.value(f"layout/{name}")
        return state if isinstance(state, QByteArray) else QByteArray()

    def keep_layout(self, name: str, state: QByteArray) -> None:
        """Keep a geometry or splitter state."""
        self._values.setValue(f"layout/{name}", state)

    def choices(self) -> dict[str, str]:
        """Return how the signal was shown, by name."""
        self._values.beginGroup("signal")
        chosen = {name: str(self._values.value(name)) for name in self._values.childKeys()}
        self._values.endGroup()
        return chosen

    def keep_choices(self, choices: Mapping[str, str]) -> None:
        """Keep how the signal was shown."""
        for name, choice in choices.items():
            self._values.setValue(f"signal/{name}", choice)

    def save(self) -> None:
        """Write the file now."""
        self._values.sync()
