"""Memory over a day: 24 h of simulated EEG replayed at full speed with a cheap stand-in network.

Prints the resident memory after the first hour and at the end. Run with ``make bench``.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console

from core.config import Config
from core.simulate import simulate_recording
from core.types import Chunk, FloatArray
from monitor.archive.log import AlarmLog
from monitor.console import ConsoleListener
from monitor.sources.replay import ReplaySource
from monitor.worker import Pipeline

LIMIT_MB = 50.0


class LineLength:
    """Stand-in network: probability from the mean line length of the window's channels."""

    name = "stand-in line length"
    weights = "UNTRAINED"

    def predict(self, data: FloatArray) -> FloatArray:
        steps = np.abs(np.diff(data, axis=1, prepend=data[:, :1])).mean(axis=0)
        smooth = np.convolve(steps, np.full(512, 1 / 512), "same")
        return (1 / (1 + np.exp(-20 * (smooth - 0.5)))).astype(np.float32)

    def reset(self) -> None:
        """Nothing is remembered."""


class MemoryWatch(ConsoleListener):
    """Note the resident memory after each hour of signal."""

    def __init__(self) -> None:
        super().__init__(Console(quiet=True))
        self.by_hour: dict[int, float] = {}

    def on_chunk(self, chunk: Chunk) -> None:
        hour, rest = divmod(chunk.stop_sample, 3600 * 256)
        if rest == 0:
            self.by_hour[hour] = psutil.Process().memory_info().rss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.edf"
        simulate_recording(path, hours * 60, n_seizures=round(hours), seed=1)
        source = ReplaySource(path, float("inf"))
        watch = MemoryWatch()
        log = AlarmLog(Path(folder) / "alarms.sqlite")
        pipeline = Pipeline(source, Config(), LineLength(), log, watch)
        began = time.perf_counter()
        pipeline.start()
        pipeline.join()
        wall_s = time.perf_counter() - began
        end_mb = psutil.Process().memory_info().rss / 1e6
        log.close()
        source.close()
    first_mb = watch.by_hour[1]
    print(f"{hours:g} h in {wall_s:.0f} s, {pipeline.detection.n_windows} windows")
    print(f"resident memory: {first_mb:.1f} MB after 1 h, {end_mb:.1f} MB at the end")
    print(f"growth {end_mb - first_mb:+.1f} MB (limit {LIMIT_MB:g} MB)")
    if end_mb - first_mb > LIMIT_MB:
        raise SystemExit("memory grew beyond the limit")


if __name__ == "__main__":
    main()
