"""What recording costs: a day of raw EEG in chunks of 125 ms, as a live stream brings them.

Prints, for 19 and 64 channels at 256 and 1024 Hz, the share of one core that recording takes (CPU
time of the process over signal time, all system calls with it), with and without waiting for the
disk at every record, and the resident memory early on and at the end. Files are removed as soon as
the next one begins: a day takes up to 11 GB. Fails where recording costs 5 % of a core or memory
grows.

    python -m tests.bench.bench_recording --hours 24
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from core.config import RecordingSettings
from core.io import edf_writer
from core.types import Chunk, DetectionStep, StreamInfo
from monitor.archive.part_file import PartClosed
from monitor.archive.recording import RecordingMessage, SessionRecording

LIMIT_SHARE = 0.05
LIMIT_GROWTH_MB = 20.0
_LOOP_S = 60
_CHUNKS_PER_S = 8
_STEP_S = 10


class Cost(NamedTuple):
    """What a recording cost.

    Attributes
    ----------
    share
        Of one core.
    record_ms
        Wall-clock time of a second of signal, from the first chunk to the disk.
    early_mb, late_mb
        Resident memory after a tenth, and at the end.
    written_gb
        Bytes on the disk.
    """

    share: float
    record_ms: float
    early_mb: float
    late_mb: float
    written_gb: float


def measure(folder: Path, n_channels: int, sfreq: int, hours: float) -> Cost:
    """Record so many hours as fast as it goes."""
    rng = np.random.default_rng(0)
    loop = rng.normal(0, 50, (n_channels, _LOOP_S * sfreq)).astype(np.float32)
    written = [0]

    def tell(message: RecordingMessage) -> None:
        if isinstance(message, PartClosed):
            path = folder / message.part.file
            written[0] += path.stat().st_size
            path.unlink()

    info = StreamInfo(tuple(f"C{k}" for k in range(n_channels)), float(sfreq))
    recording = SessionRecording(
        folder, info, run=1, first_part=1, settings=RecordingSettings(reserve_mb=0), tell=tell
    )
    recording.start()
    final = np.zeros(_STEP_S * 256, dtype=np.float32)
    n_chunk, process = sfreq // _CHUNKS_PER_S, psutil.Process()
    seconds = round(hours * 3600)
    early_mb = 0.0
    began_cpu, began = time.process_time(), time.perf_counter()
    for second in range(seconds):
        place = second % _LOOP_S * sfreq
        for k in range(_CHUNKS_PER_S):
            start = k * n_chunk
            piece = loop[:, place + start : place + start + n_chunk]
            recording.put(Chunk(piece, second * sfreq + start), wait=True)
        if second % _STEP_S == 0:
            recording.put_probability(DetectionStep(second * 256, final, final))
            recording.annotate(second * 256, f"Technical alarm [log {second}]")
        if second == seconds // 10:
            early_mb = process.memory_info().rss / 1e6
    recording.close()
    share = (time.process_time() - began_cpu) / seconds
    record_ms = (time.perf_counter() - began) / seconds * 1e3
    late_mb = process.memory_info().rss / 1e6
    (folder / "probability_run1.f32").unlink()
    return Cost(share, record_ms, early_mb, late_mb, written[0] / 1e9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk to measure")
    options = parser.parse_args()
    table = Table(title=f"Recording {options.hours:g} h")
    for name in (
        "channels", "Hz", "CPU of one core, synced", "not synced", "ms a record, synced",
        "memory after 10 %", "at the end", "GB",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    good = True
    sync_data = edf_writer._sync_data
    for n_channels in (19, 64):
        for sfreq in (256, 1024):
            costs = []
            for sync in (sync_data, lambda _: None):
                edf_writer._sync_data = sync
                with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                    costs.append(measure(Path(folder), n_channels, sfreq, options.hours))
            synced, unsynced = costs
            growth_mb = synced.late_mb - synced.early_mb
            good &= synced.share < LIMIT_SHARE and growth_mb < LIMIT_GROWTH_MB
            table.add_row(
                f"{n_channels}",
                f"{sfreq}",
                f"{synced.share:.2%}",
                f"{unsynced.share:.2%}",
                f"{synced.record_ms:.1f}",
                f"{synced.early_mb:.0f} MB",
                f"{synced.late_mb:.0f} MB",
                f"{synced.written_gb:.2f}",
            )
    Console(width=120).print(table)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
