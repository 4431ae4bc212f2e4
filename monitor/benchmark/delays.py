"""How long samples take from their arrival to the screen and to a verdict, measured."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from core.conditioning import Conditioner
from core.config import Config
from core.detector import WindowScorer
from core.electrodes import ELECTRODES
from core.errors import StreamError, VigilError
from core.simulate import simulate_recording
from core.types import Chunk, StreamInfo
from monitor.archive.log import AlarmLog
from monitor.archive.recorder import SessionRecorder
from monitor.benchmark.probes import Delays, Moment, PromptAlarms, TimedListener, TimedSource
from monitor.late_log import LateLog
from monitor.sources.base import Source
from monitor.sources.lsl import LslSource
from monitor.sources.lsl_discovery import StreamQuery
from monitor.sources.lsl_library import has_own_settings, load_lsl, write_private_settings
from monitor.sources.replay import ReplaySource
from monitor.worker import Pipeline

__all__ = ["measure_delays"]

_SENDER = "from monitor.cli import main; main()"
_FIND_S = 30.0
_RATES_HZ = (256.0, 500.0, 512.0, 1000.0, 2048.0)


def measure_delays(config: Config, network: WindowScorer, seconds: float) -> dict[str, Any]:
    """Monitor a simulated recording in a window, in real time, and measure all delays.

    The recording is sent by another process through a real outlet over the loopback; without
    liblsl, it is replayed from the file. The real network scores each window, but its verdict is
    always a seizure, so that there is an alarm to time.

    Parameters
    ----------
    config, network
        As for a session.
    seconds
        Of signal, in real time; the first window takes 60.

    Returns
    -------
    dict
        ``delays`` (of :meth:`monitor.benchmark.probes.Delays.summary`), and what they belong to.

    Raises
    ------
    VigilError
        Where the window cannot be opened.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    scorer = PromptAlarms(network)
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as text:
        folder = Path(text)
        recording = folder / "bench.edf"
        simulate_recording(recording, (seconds + 30) / 60, 0, 0)
        with _source(recording, folder) as (source, transport):
            delays = _run(source, scorer, config, seconds, folder)
    sfreq = float(config.conditioning.sfreq)
    return {
        "transport": transport,
        "engine": scorer.name,
        "weights": scorer.weights,
        "seconds": seconds,
        "sfreq_hz": source.info.sfreq,
        "n_channels": len(source.info.ch_names),
        "stride_s": config.windows.stride_s,
        "resampling_lag_ms": {
            f"{rate:g} Hz": round(1000 * resampling_lag_s(rate, config), 1) for rate in _RATES_HZ
        },
        "delays": delays.summary(sfreq),
    }


def resampling_lag_s(sfreq: float, config: Config) -> float:
    """Return how much signal the resampler holds back, s: none at 256 Hz."""
    conditioner = Conditioner(StreamInfo(ELECTRODES, sfreq), config)
    data = np.zeros((len(ELECTRODES), 8), dtype=np.float32)
    lag_s, target = np.inf, config.conditioning.sfreq
    for start in range(0, round(5 * sfreq), 8):
        for item in conditioner.push(Chunk(data, start)):
            if isinstance(item, Chunk):
                lag_s = min(lag_s, (start + 8) / sfreq - item.stop_sample / target)
    return max(0.0, lag_s)


@contextmanager
def _source(recording: Path, folder: Path) -> Iterator[tuple[Source, str]]:
    with _confined(folder):
        try:
            load_lsl()
        except StreamError:
            with closing(ReplaySource(recording)) as replay:
                yield replay, "replay from a file (no liblsl)"
            return
        name = f"vigil-bench-{os.getpid()}"
        sender = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _SENDER, "publish", str(recording), "--name", name, "--wait"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
        )
        try:
            with closing(LslSource(StreamQuery(name=name), timeout_s=_FIND_S)) as live:
                yield live, "liblsl, loopback, another process"
        finally:
            sender.terminate()
            sender.wait()


@contextmanager
def _confined(folder: Path) -> Iterator[None]:
    """Keep the stream to this computer, unless the user has LSL settings of their own."""
    if has_own_settings():
        yield
        return
    # liblsl reads it at its first call
    os.environ["LSLAPICFG"] = str(write_private_settings(folder))
    try:
        yield
    finally:
        del os.environ["LSLAPICFG"]


def _run(
    source: Source, scorer: PromptAlarms, config: Config, seconds: float, folder: Path
) -> Delays:
    try:
        from PySide6.QtCore import QTimer

        from monitor.views.app import PipelineView, WindowRun
        from monitor.views.paint_watch import PaintWatch
    except ImportError as error:
        raise VigilError(
            f"no window can be opened: {error}; --seconds 0 leaves the live part out"
        ) from error
    run = WindowRun(
        "vigil bench",
        config,
        scorer.weights,
        source.info.start_time,
        source.info.ch_names,
        "live",
        "The measurement has ended.",
        folder=folder,
        can_pause=False,
        sfreq_hz=source.info.sfreq,
    )
    timed = TimedSource(source)
    listener = TimedListener(run.listener)
    with closing(AlarmLog(folder / "alarms.sqlite")) as log:
        recorder = SessionRecorder(log)
        pipeline = Pipeline(timed, config, scorer, recorder, listener)
        run.connect(
            PipelineView(
                stop=pipeline.stop,
                pause=lambda _: None,
                tell=pipeline.tell,
                has_ended=lambda: pipeline.has_ended,
                failure=lambda: pipeline.failure,
                inference_s=lambda: pipeline.inference_s[-1] if pipeline.inference_s else None,
                keep=LateLog(recorder, lambda: pipeline.is_alive).keep,
                explains=pipeline.explains,
            )
        )
        paint = PaintWatch(run.window.signals.trace)
        pipeline.start(stay=True)
        QTimer.singleShot(round(1000 * seconds), run.close)
        try:
            run.execute()
        finally:
            pipeline.stop()
            pipeline.leave()
            pipeline.join()
            run.discard()
    return Delays(
        sfreq=source.info.sfreq,
        arrived=timed.arrived,
        conditioned=listener.conditioned,
        painted=[Moment(*seen) for seen in paint.painted],
        scored=scorer.scored,
        decided=listener.decided,
        alarm_s=run.delays.summary(),
        stride_s=config.windows.stride_s,
    )
