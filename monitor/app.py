"""The composition root: builds the monitor from its parts and runs it."""

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from core.config import Config
from core.errors import VigilError
from core.io.edf import check_channels
from core.model.engine import load_engine
from core.montage import plan_montage
from monitor.alarm import AlarmState
from monitor.console import ConsoleListener
from monitor.listener import Listener
from monitor.log import AlarmLog
from monitor.session import Session, default_session_folder
from monitor.sources.replay import ReplaySource
from monitor.worker import Acknowledge, Pipeline

__all__ = ["ReplayOptions", "replay"]

_RECORDINGS = Path("recordings")


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What to replay and how.

    Attributes
    ----------
    path
        The recording.
    config
        Everything that can be set.
    speed
        Seconds of signal per second; ``math.inf`` for as fast as possible.
    start_s
        Where to begin.
    follow
        Keep reading while the file grows.
    headless
        Without a window.
    session_folder
        None: a new folder under ``recordings/``.
    weights
        None: the ones that are built in.
    """

    path: Path
    config: Config
    speed: float = 1.0
    start_s: float = 0.0
    follow: bool = False
    headless: bool = False
    session_folder: Path | None = None
    weights: Path | None = None


def replay(options: ReplayOptions) -> dict[str, Any]:
    """Replay a recording through the monitor; return the summary.

    Raises
    ------
    VigilError
        Where the recording, the weights, the session folder or the display cannot be used.
    """
    config = options.config
    if not options.headless:
        _require_display()
    source = ReplaySource(options.path, options.speed, options.start_s, follow=options.follow)
    try:
        with _named(options.path):
            plan = plan_montage(source.info.ch_names, config.montage)
            if not options.follow:
                check_channels(
                    source.recording, [source.info.ch_names[i] for i in plan.source_channels]
                )
        scorer = load_engine(config, options.weights)
        folder = options.session_folder or default_session_folder(
            _RECORDINGS, options.path.stem, datetime.now().astimezone()
        )
        description = {
            "software": f"vigil-eeg {version('vigil-eeg')}",
            "source": {
                "kind": "replay",
                "file": str(options.path.resolve()),
                "start_s": options.start_s,
                "speed": str(options.speed),
                "ch_names": list(source.info.ch_names),
                "sfreq_hz": source.info.sfreq,
                "start_time": _iso(source.info.start_time),
            },
            "montage_notes": list(plan.notes),
            "engine": scorer.name,
            "weights": scorer.weights,
            "config_hash": config.hash,
            "config": config.model_dump(mode="json"),
        }
        session = Session(folder, description)
        try:
            with closing(AlarmLog(session.log_path)) as log:
                log.describe(
                    {
                        "software": str(description["software"]),
                        "source": str(options.path),
                        "engine": scorer.name,
                        "weights": scorer.weights,
                        "config_hash": config.hash,
                        "start_time": _iso(source.info.start_time) or "unknown",
                        "sfreq_hz": str(config.conditioning.sfreq),
                    }
                )
                with _named(options.path):
                    summary = _run(options, source, scorer, log, folder)
        except BaseException:
            with suppress(VigilError):
                session.finish({}, state="failed")
            raise
        summary["session"] = str(folder)
        session.finish(summary)
        return summary
    finally:
        source.close()


def _run(
    options: ReplayOptions, source: ReplaySource, scorer: Any, log: AlarmLog, folder: Path
) -> dict[str, Any]:
    def make(listener: Listener) -> Pipeline:
        return Pipeline(source, options.config, scorer, log, listener)

    began = time.perf_counter()
    if options.headless:
        pipeline = _run_headless(make)
    else:
        pipeline = _run_window(options, source, scorer.weights, folder, make)
    wall_s = time.perf_counter() - began
    return _summary(options, source, scorer, pipeline, wall_s)


def _run_headless(make: Callable[[Listener], Pipeline]) -> Pipeline:
    pipeline = make(ConsoleListener(Console(stderr=True)))
    with _stop_on_signals(pipeline.stop):
        pipeline.start()
        while not pipeline.join(timeout_s=0.2):
            pass
    return pipeline


def _run_window(
    options: ReplayOptions,
    source: ReplaySource,
    weights: str,
    folder: Path,
    make: Callable[[Listener], Pipeline],
) -> Pipeline:
    # Imported here, so that a headless monitor runs without Qt and its system libraries.
    from monitor.views.app import WindowRun  # noqa: PLC0415

    run = WindowRun(
        title=source.info.name,
        config=options.config,
        weights=weights,
        start_time=source.info.start_time,
        source_channels=source.info.ch_names,
        speed="max" if math.isinf(options.speed) else f"{options.speed:g}x",
        finished_text=f"The replay has ended. Session: {folder}",
    )
    pipeline = make(run.listener)
    run.connect(
        stop=pipeline.stop,
        pause=source.pause,
        acknowledge=lambda alarm_ids: pipeline.tell(Acknowledge(alarm_ids, "operator")),
        has_ended=lambda: pipeline.has_ended,
        failure=lambda: pipeline.failure,
    )
    with _stop_on_signals(run.close):
        # The window stays open behind the end of the replay, and its alarms can be acknowledged.
        pipeline.start(stay=True)
        run.execute()
        pipeline.stop()
        pipeline.leave()
        pipeline.join()
    return pipeline


def _summary(
    options: ReplayOptions, source: ReplaySource, scorer: Any, pipeline: Pipeline, wall_s: float
) -> dict[str, Any]:
    detection = pipeline.detection
    config = options.config
    duration_s = detection.n_samples / config.conditioning.sfreq
    states = [alarm.state for alarm in pipeline.alarms]
    inference_s = sorted(pipeline.inference_s)
    return {
        "duration_s": duration_s,
        "start_s": options.start_s,
        "n_windows": detection.n_windows,
        "events": [[e.onset_s, e.offset_s, e.peak] for e in detection.events],
        "alarms": {
            "raised": len(states),
            "confirmed": states.count(AlarmState.ENDED) + states.count(AlarmState.CONFIRMED),
            "retracted": states.count(AlarmState.RETRACTED),
            "acknowledged": sum(alarm.acknowledged for alarm in pipeline.alarms),
        },
        "gaps": [
            [
                gap.start_sample / config.conditioning.sfreq,
                gap.stop_sample / config.conditioning.sfreq,
            ]
            for gap in detection.gaps
        ],
        "skipped_windows": detection.n_skipped,
        "unscored_s": detection.unscored_samples / config.conditioning.sfreq,
        "complete": source.recording.complete,
        "shortfall": source.recording.shortfall,
        "real_time_factor": duration_s / wall_s if wall_s > 0 else 0.0,
        "inference_median_s": inference_s[len(inference_s) // 2] if inference_s else 0.0,
        "engine": scorer.name,
        "weights": scorer.weights,
        "config_hash": config.hash,
        "probabilities_sha256": detection.probabilities_sha256,
        "notes": list(pipeline.notes),
    }


def _require_display() -> None:
    """Refuse before anything is made; Qt itself would abort the process."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        raise VigilError("no display found; run with --headless, or set DISPLAY")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the file's name in front of errors that do not know it."""
    try:
        yield
    except VigilError as error:
        if path.name in str(error) or type(error).__name__ in ("SessionError", "CheckpointError"):
            raise
        raise type(error)(f"{path}: {error}") from error


@contextmanager
def _stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """End cleanly on Ctrl-C and SIGTERM: what has arrived is still scored and logged."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
