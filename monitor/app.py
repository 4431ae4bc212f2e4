"""The composition root: builds the monitor around a source and runs it."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from core.config import Config
from core.detector import WindowScorer
from core.display_montage import DisplayMontage
from core.errors import VigilError
from core.model.builtin import weights_file
from core.model.engine import load_engine
from core.montage import MontagePlan, plan_montage
from monitor.console import ConsoleListener
from monitor.disk import DiskWatch
from monitor.listener import Listener
from monitor.log import AlarmLog
from monitor.session import Session, default_session_folder
from monitor.sources.base import Source
from monitor.stop_signals import stop_on_signals
from monitor.summary import AccountableSource, summarise
from monitor.worker import Pipeline

__all__ = [
    "MonitoredSource",
    "Presentation",
    "ScreenOptions",
    "SessionOptions",
    "require_display",
    "run_session",
]

_RECORDINGS = Path("recordings")


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


def run_session(
    source: MonitoredSource,
    options: SessionOptions,
    presentation: Presentation,
    *,
    check: Callable[[MontagePlan], None] | None = None,
) -> dict[str, Any]:
    """Monitor a source until it ends or is stopped; return the summary.

    Parameters
    ----------
    source, options, presentation
        What to monitor and how.
    check
        Looks at the channels that will be used, before anything is made.

    Raises
    ------
    VigilError
        Where the source, the weights or the session folder cannot be used.
    """
    config, info = options.config, source.info
    with _named(presentation.origin):
        plan = plan_montage(info.ch_names, config.montage)
        if check is not None:
            check(plan)
    scorer = load_engine(config, weights_file(options.weights, config.model.preset))
    folder = options.session_folder or default_session_folder(
        _RECORDINGS, presentation.name, datetime.now().astimezone()
    )
    start_time = info.start_time and info.start_time.isoformat(timespec="milliseconds")
    identity = {
        "software": f"vigil-eeg {version('vigil-eeg')}",
        "engine": scorer.name,
        "weights": scorer.weights,
        "config_hash": config.hash,
    }
    session = Session(
        folder,
        {
            **identity,
            "source": {
                **source.describe(),
                "ch_names": list(info.ch_names),
                "sfreq_hz": info.sfreq,
                "start_time": start_time,
            },
            "montage_notes": [*source.notes, *plan.notes],
            "config": config.model_dump(mode="json"),
        },
    )
    try:
        with closing(AlarmLog(session.log_path)) as log:
            log.describe(
                {
                    **identity,
                    "source": presentation.origin,
                    "start_time": start_time or "unknown",
                    "sfreq_hz": str(config.conditioning.sfreq),
                }
            )
            with _named(presentation.origin):
                summary = _run(source, options, presentation, scorer, log, folder)
    except BaseException:
        with suppress(VigilError):
            session.finish({}, state="failed")
        raise
    summary["session"] = str(folder)
    session.finish(summary)
    return summary


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


def _run(
    source: MonitoredSource,
    options: SessionOptions,
    presentation: Presentation,
    scorer: WindowScorer,
    log: AlarmLog,
    folder: Path,
) -> dict[str, Any]:
    def make(listener: Listener) -> Pipeline:
        return Pipeline(source, options.config, scorer, log, listener, DiskWatch(folder))

    shown: dict[str, Any] = {}
    began = time.perf_counter()
    if options.headless:
        pipeline = _run_headless(make)
    else:
        pipeline, shown = _run_window(source, options, presentation, scorer.weights, folder, make)
    wall_s = time.perf_counter() - began
    return {**summarise(pipeline, source, options.config, scorer, wall_s), **shown}


def _run_headless(make: Callable[[Listener], Pipeline]) -> Pipeline:
    pipeline = make(ConsoleListener(Console(stderr=True)))
    with stop_on_signals(pipeline.stop):
        pipeline.start()
        while not pipeline.join(timeout_s=0.2):
            pass
    return pipeline


def _run_window(
    source: MonitoredSource,
    options: SessionOptions,
    presentation: Presentation,
    weights: str,
    folder: Path,
    make: Callable[[Listener], Pipeline],
) -> tuple[Pipeline, dict[str, Any]]:
    # Imported here, so that a headless monitor runs without Qt and its system libraries.
    from monitor.views.app import PipelineView, WindowRun

    screen = options.screen
    run = WindowRun(
        title=source.info.name,
        config=options.config,
        weights=weights,
        start_time=source.info.start_time,
        source_channels=source.info.ch_names,
        speed=presentation.speed,
        can_pause=presentation.pause is not None,
        finished_text=f"{presentation.finished} Session: {folder}",
        folder=folder,
        sfreq_hz=source.info.sfreq,
        kiosk=screen.kiosk,
        montages=screen.montages,
        screenshot=screen.screenshot,
        after_s=screen.after_s,
    )
    pipeline = make(run.listener)
    run.connect(
        PipelineView(
            stop=pipeline.stop,
            pause=presentation.pause or (lambda _: None),
            tell=pipeline.tell,
            has_ended=lambda: pipeline.has_ended,
            failure=lambda: pipeline.failure,
            inference_s=lambda: pipeline.inference_s[-1] if pipeline.inference_s else None,
        )
    )
    with stop_on_signals(run.close):
        # The window stays open behind the end of the stream; its alarms can be acknowledged.
        pipeline.start(stay=True)
        run.execute()
        pipeline.stop()
        pipeline.leave()
        pipeline.join()
    return pipeline, {"signal_delay_s": run.delays.summary()}


@contextmanager
def _named(origin: str) -> Iterator[None]:
    """Say where an error comes from, unless it says so itself."""
    try:
        yield
    except VigilError as error:
        text = str(error)
        if Path(origin).name in text or type(error).__name__ in ("SessionError", "CheckpointError"):
            raise
        raise type(error)(f"{origin}: {text}") from error
