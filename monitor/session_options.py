"""What a session is made from: a source, how it runs, how it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.config import Config
from core.display_montage import DisplayMontage
from monitor.sources.base import Source
from monitor.summary import AccountableSource

__all__ = ["MonitoredSource", "Presentation", "ScreenOptions", "SessionOptions"]


class MonitoredSource(Source, AccountableSource, Protocol):
    """A source that can say what it is and what became of it."""

    def describe(self) -> dict[str, Any]:
        """Return what the session's description says about it."""
        ...


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """How the window is opened.

    Attributes
    ----------
    kiosk
        Full screen that cannot be left.
    screenshot
        Write a picture there, and end.
    after_s
        Seconds from the window's opening to the picture.
    montages
        Further ones to offer.
    """

    kiosk: bool = False
    screenshot: Path | None = None
    after_s: float = 10.0
    montages: tuple[DisplayMontage, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What all sessions have in common.

    Attributes
    ----------
    config
        Everything that can be set.
    headless
        Without a window.
    session_folder
        None: a new folder under ``recordings/``.
    weights
        None: the ones that are built in.
    screen
        How the window is opened.
    """

    config: Config
    headless: bool = False
    session_folder: Path | None = None
    weights: Path | None = None
    screen: ScreenOptions = ScreenOptions()


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a session is shown.

    Attributes
    ----------
    name
        For the session folder.
    origin
        Put in front of errors that do not say where they come from.
    speed
        How fast a replay runs, or that the stream is live.
    finished
        What to say once the stream is over.
    pause
        How to hold the source, or None: a patient cannot be paused.
    """

    name: str
    origin: str
    speed: str
    finished: str
    pause: Callable[[bool], None] | None = None
