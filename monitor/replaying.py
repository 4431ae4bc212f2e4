"""Replay of an archived recording through the monitor."""

import math
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.io.edf import check_channels
from core.montage import MontagePlan
from monitor.app import Presentation, SessionOptions, run_session
from monitor.display import require_display
from monitor.sources.replay import ReplaySource

__all__ = ["ReplayOptions", "replay"]


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What to replay and how.

    Attributes
    ----------
    path
        The recording.
    session
        What all sessions have in common.
    speed
        Seconds of signal per second; ``math.inf`` for as fast as possible.
    start_s
        Where to begin.
    follow
        Keep reading while the file grows.
    """

    path: Path
    session: SessionOptions
    speed: float = 1.0
    start_s: float = 0.0
    follow: bool = False


def replay(options: ReplayOptions) -> dict[str, Any]:
    """Replay a recording; return the summary.

    Raises
    ------
    VigilError
        Where the recording, the weights, the session folder or the display cannot be used.
    """
    if not options.session.headless:
        require_display()
    source = ReplaySource(options.path, options.speed, options.start_s, follow=options.follow)
    with closing(source):

        def check(plan: MontagePlan) -> None:
            if not options.follow:
                used = [source.info.ch_names[i] for i in plan.source_channels]
                check_channels(source.recording, used)

        presentation = Presentation(
            name=options.path.stem,
            origin=str(options.path),
            speed="max" if math.isinf(options.speed) else f"{options.speed:g}x",
            finished="The replay has ended.",
            pause=source.pause,
        )
        return run_session(source, options.session, presentation, check=check)
