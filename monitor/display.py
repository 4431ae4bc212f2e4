"""Whether there is a screen to show a window on."""

import os
import sys

from core.errors import VigilError

__all__ = ["require_display"]


def require_display(remedy: str = "run with --headless, or set DISPLAY") -> None:
    """Refuse before anything is made; Qt itself would abort the process.

    Parameters
    ----------
    remedy
        What to do, for the message.

    Raises
    ------
    VigilError
        Where there is no display.
    """
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        raise VigilError(f"no display found; {remedy}")
