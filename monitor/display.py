"""Whether there is a screen to show a window on."""

import os
import sys

from core.errors import VigilError

__all__ = ["require_display"]


def require_display() -> None:
    """Refuse before anything is made; Qt itself would abort the process.

    Raises
    ------
    VigilError
        Where there is no display.
    """
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        raise VigilError("no display found; run with --headless, or set DISPLAY")
