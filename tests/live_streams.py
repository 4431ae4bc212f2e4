"""Real outlets in other processes, and what the monitor makes of them."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from core.config import Config
from core.detector import Detection, detect
from core.io.edf import open_recording
from core.model.builtin import NO_WEIGHTS
from core.types import Chunk
from monitor.app import SessionOptions
from monitor.live import LiveOptions, monitor_live
from monitor.sources.lsl import LslSource
from monitor.sources.lsl_discovery import StreamQuery

ROOT = Path(__file__).parents[1]
COMMAND = "import sys; sys.path.insert(0, '.'); from monitor.cli import main; main()"
MONITOR = """
import sys
sys.path.insert(0, '.')
import monitor.app, monitor.cli
from tests.monitor_fakes import AmplitudeScorer
monitor.app.load_engine = lambda *_: AmplitudeScorer()
monitor.cli.main()
"""


class Sender:
    """``vigil publish`` in a process of its own."""

    def __init__(self, settings: Path, recording: Path, name: str, *options: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "publish", str(recording), "--name", name,
             *map(str, options)],
            cwd=ROOT, env={**os.environ, "LSLAPICFG": str(settings), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stderr is not None
        assert "publishing" in self.process.stderr.readline()

    def freeze(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def end(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.thaw()
            self.process.kill()
        with contextlib.suppress(ValueError):
            self.process.communicate(timeout=10)


class BedsideMonitor:
    """``vigil live --headless`` in a process of its own, with a cheap network."""

    def __init__(self, settings: Path, stream: str, folder: Path, *options: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", MONITOR, "live", "--stream", stream, "--headless", "--json",
             "--timeout", "60", "--session", str(folder), *map(str, options)],
            cwd=ROOT, env={**os.environ, "LSLAPICFG": str(settings), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def await_eeg(self, path: Path, seconds: float) -> None:
        """Wait until a file of EEG holds so many whole records of 1 s."""

        def is_there() -> bool:
            assert self.process.poll() is None, self.process.communicate()
            return path.exists() and recorded_s(path) >= seconds

        wait_until(is_there, timeout_s=120)

    def terminate(self) -> dict:
        """End it in order; return the summary."""
        self.process.terminate()
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode in (0, 3), err
        assert "Traceback" not in err
        self.said = err
        return json.loads(out)

    def kill(self) -> float:
        """Kill it; return when that was, s since the epoch."""
        self.process.kill()
        died = time.time()
        self.process.communicate()
        return died

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        with contextlib.suppress(ValueError):
            self.process.communicate(timeout=10)


def recorded_s(path: Path) -> int:
    """How many records of 1 s the header of an EDF file counts."""
    with path.open("rb") as file:
        return int(file.read(256)[236:244])


class Received:
    """Chunks as they left the source, the counter channel last."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.arrivals: list[float] = []
        self.source: LslSource | None = None

    def watch(self, source: LslSource) -> None:
        self.source = source
        original = source.chunks

        def watched() -> Iterator[object]:
            for item in original():
                if isinstance(item, Chunk):
                    self.chunks.append(item)
                    self.arrivals.append(time.time())
                yield item

        source.chunks = watched  # type: ignore[method-assign, assignment]

    @property
    def indices_received(self) -> int:
        """Index behind the newest sample."""
        return self.chunks[-1].stop_sample if self.chunks else 0

    def await_more(self, seconds: float, sfreq: float = 256.0) -> None:
        """Wait until so much more signal has come in."""
        stop = self.indices_received + round(seconds * sfreq)
        wait_until(lambda: self.indices_received >= stop)

    @property
    def counts(self) -> np.ndarray:
        """The sender's sample number of every sample, in the order of arrival."""
        return np.concatenate([chunk.data[-1].astype(np.int64) for chunk in self.chunks])

    @property
    def indices(self) -> np.ndarray:
        """The session's index of every sample."""
        return np.concatenate([np.arange(c.start_sample, c.stop_sample) for c in self.chunks])

    def offline(self, recording: Path, source: LslSource, config: Config, scorer) -> Detection:
        """Detect in what arrived, with the samples taken from the file itself."""
        with open_recording(recording) as opened:
            whole = np.concatenate([c.data for c in opened.chunks(chunk_s=60.0)], axis=1)
        chunks = []
        for chunk in self.chunks:
            count = chunk.data[-1].astype(np.int64)
            data = np.concatenate([whole[:, count], chunk.data[-1:]])
            assert np.array_equal(data, chunk.data), "samples were changed on their way"
            chunks.append(Chunk(data, chunk.start_sample))
        detection, _ = detect(chunks, source.info, config, scorer, keep_steps=False)
        return detection


def run_live(options: LiveOptions, received: Received | None = None):
    """Monitor in this process; return the summary and the source."""
    import monitor.live

    kept = []

    class WatchedSource(LslSource):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            kept.append(self)
            if received is not None:
                received.watch(self)

    before, monitor.live.LslSource = monitor.live.LslSource, WatchedSource
    try:
        return monitor_live(options), kept[0]
    finally:
        monitor.live.LslSource = before


def live_options(name: str, folder: Path, duration_s: float | None = None, **others) -> LiveOptions:
    config = others.pop("config", Config())
    return LiveOptions(
        StreamQuery(name=name),
        SessionOptions(config, True, folder, Path(NO_WEIGHTS)),
        duration_s=duration_s,
        timeout_s=20.0,
        **others,
    )


def technical_steps(folder: Path) -> list[tuple[float, str, str, bool]]:
    """Time (s since the epoch), key, text and activity of every technical step."""
    db = sqlite3.connect(folder / "alarms.sqlite")
    rows = db.execute("SELECT logged_utc, key, text, active FROM technical_steps ORDER BY id")
    steps = [(datetime.fromisoformat(r[0]).timestamp(), r[1], r[2], bool(r[3])) for r in rows]
    db.close()
    return steps


def wait_until(condition, timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def read_summary(folder: Path) -> dict:
    return json.loads((folder / "session.json").read_text())["summary"]
