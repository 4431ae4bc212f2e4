"""The composition root: builds the monitor around a source and runs it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from core.config import Config
from core.detector import WindowScorer
from core.errors import VigilError
from core.interpret.attribution import load_attribution_network
from core.model.builtin import UNTRAINED, weights_file
from core.model.engine import load_engine
from core.montage import MontagePlan, plan_montage
from monitor.archive.beginning import begin_run
from monitor.archive.log import AlarmLog
from monitor.archive.recorder import SessionRecorder
from monitor.archive.recording import SessionRecording
from monitor.archive.session import Session, check_session_folder, default_session_folder
from monitor.attributions import is_explained
from monitor.console import ConsoleListener
from monitor.disk import DiskWatch
from monitor.explaining import Explainer, Silent
from monitor.late_log import LateLog
from monitor.listener import Listener
from monitor.session_options import (
    MonitoredSource,
    Presentation,
    ScreenOptions,
    SessionOptions,
)
from monitor.stop_signals import stop_on_signals
from monitor.summary import summarise
from monitor.worker import Pipeline

__all__ = [
    "MonitoredSource",
    "Presentation",
    "ScreenOptions",
    "SessionOptions",
    "run_session",
]

_RECORDINGS = Path("recordings")


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
    if options.session_folder is not None:
        check_session_folder(options.session_folder)  # before seconds of loading in vain
    scorer = load_engine(config, weights_file(options.weights, config.model.preset))
    folder = options.session_folder or default_session_folder(
        _RECORDINGS, presentation.name, datetime.now().astimezone()
    )
    description = _describe(source, options, scorer, plan)
    with closing(Session(folder, description, info.start_time)) as session:
        try:
            with closing(AlarmLog(session.log_path, session.run)) as log:
                return _keep(session, log, source, options, presentation, scorer)
        except BaseException:
            with suppress(VigilError):
                session.finish({}, state="failed")
            raise


def _keep(
    session: Session,
    log: AlarmLog,
    source: MonitoredSource,
    options: SessionOptions,
    presentation: Presentation,
    scorer: WindowScorer,
) -> dict[str, Any]:
    """Run a session that is open, and write down how it ends."""
    interruption = begin_run(session, log, presentation.origin)
    if interruption:
        Console(stderr=True, soft_wrap=True).print(
            f"vigil: {interruption}", markup=False, highlight=False
        )
    try:
        with _named(presentation.origin):
            summary = _run(source, options, presentation, scorer, log, session)
    except BaseException as error:
        with suppress(VigilError):
            log.run_ended({"state": "failed", "error": str(error) or type(error).__name__})
            session.finish({}, "failed", log.head)
        raise
    summary["notes"] += [interruption] if interruption else []
    summary["session"] = str(session.folder)
    log.run_ended({"state": "finished", **summary})
    session.finish(summary, log_head=log.head)
    return summary


def _describe(
    source: MonitoredSource, options: SessionOptions, scorer: WindowScorer, plan: MontagePlan
) -> dict[str, Any]:
    """Return what the session's description says about this run."""
    info = source.info
    return {
        "software": f"vigil-eeg {version('vigil-eeg')}",
        "engine": scorer.name,
        "weights": scorer.weights,
        "config_hash": options.config.hash,
        "source": {
            **source.describe(),
            "ch_names": list(info.ch_names),
            "sfreq_hz": info.sfreq,
            "start_time": info.start_time and info.start_time.isoformat(timespec="milliseconds"),
        },
        "montage_notes": [*source.notes, *plan.notes],
        "config": options.config.model_dump(mode="json"),
    }


def _run(
    source: MonitoredSource,
    options: SessionOptions,
    presentation: Presentation,
    scorer: WindowScorer,
    log: AlarmLog,
    session: Session,
) -> dict[str, Any]:
    folder = session.folder
    recording = SessionRecording(
        folder,
        source.info,
        run=session.run,
        first_part=session.first_part,
        settings=options.config.recording,
    )
    recorder = SessionRecorder(log, recording)

    def make(listener: Listener) -> Pipeline:
        return Pipeline(
            source,
            options.config,
            scorer,
            recorder,
            listener,
            DiskWatch(folder),
            session.first_alarm_id,
            recording,
            _explainer(options.config, options.weights, scorer.weights),
        )

    shown: dict[str, Any] = {}
    if options.headless:
        pipeline = _run_headless(make)
    else:
        pipeline, shown = _run_window(
            source, options, presentation, scorer.weights, folder, make, recorder
        )
    return {**summarise(pipeline, source, options.config, scorer), **shown}


def _explainer(config: Config, weights: Path | None, identity: str) -> Explainer | Silent:
    """Return what explains alarms: the network that raised them, and no other."""
    file = weights_file(weights, config.model.preset)
    if not is_explained(config) or (file is None) != (identity == UNTRAINED):
        return Silent()
    return Explainer(
        lambda: load_attribution_network(config, weights, identity=identity),
        config.inference.attribution_budget_s,
    )


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
    recorder: SessionRecorder,
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
    late = LateLog(recorder, lambda: pipeline.is_alive)
    run.connect(
        PipelineView(
            stop=pipeline.stop,
            pause=presentation.pause or (lambda _: None),
            tell=pipeline.tell,
            has_ended=lambda: pipeline.has_ended,
            failure=lambda: pipeline.failure,
            inference_s=lambda: pipeline.inference_s[-1] if pipeline.inference_s else None,
            keep=late.keep,
            explains=pipeline.explains,
        )
    )
    with stop_on_signals(run.close):
        # The window stays open behind the end of the stream; its alarms can be acknowledged.
        pipeline.start(stay=True)
        try:
            run.execute()
        finally:
            # However the window ends: nobody may be writing when the log is closed.
            pipeline.stop()
            pipeline.leave()
            try:
                pipeline.join()
            finally:
                late.keep()
                run.discard()
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
