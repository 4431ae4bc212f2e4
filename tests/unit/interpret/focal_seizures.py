"""Windows with simulated seizures whose focus is known, as the monitor sees them at the alarm."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.conditioning import Conditioner
from core.config import Config
from core.simulate import CH_NAMES, SFREQ, Seizure, SimulatedEeg
from core.simulate.seizure import FOCI
from core.types import Chunk, FloatArray, Gap, StreamInfo, Window
from core.window import Windower


@dataclass(frozen=True)
class FocalWindow:
    """One window, the focus, and where the seizure lies in it."""

    data: FloatArray
    focus: str
    span: tuple[int, int]


def focal_windows(n: int, first_seed: int = 500, shown_s: float = 8.0) -> Iterator[FocalWindow]:
    """Yield the first window that holds at least ``shown_s`` of a seizure; the foci take turns."""
    for k in range(n):
        seed = first_seed + k
        rng = np.random.default_rng(seed)
        onset_s = round(float(rng.uniform(75, 90)) * 4) / 4
        duration_s = round(float(rng.uniform(30, 70)) * 4) / 4
        seizure = Seizure("focal", onset_s, duration_s, FOCI[k % len(FOCI)], seed)
        stop_s = int(onset_s + shown_s + 12)
        for window in _windows(SimulatedEeg(stop_s, [seizure], [], seed)):
            stop_sample = window.start_sample + window.data.shape[1]
            if stop_sample - onset_s * SFREQ >= shown_s * SFREQ:
                first = round(onset_s * SFREQ) - window.start_sample
                last = min(window.data.shape[1], first + round(duration_s * SFREQ))
                yield FocalWindow(window.data, seizure.focus or "", (first, last))
                break


def _windows(eeg: SimulatedEeg) -> Iterator[Window]:
    config = Config()
    conditioner = Conditioner(StreamInfo(CH_NAMES, float(SFREQ), name="simulated"), config)
    windower = Windower(
        config.window_samples, config.stride_samples, config.normalisation.clip_sigma
    )
    for chunk in eeg.chunks():
        for item in conditioner.push(chunk):
            if isinstance(item, (Chunk, Gap)):
                yield from (each for each in windower.push(item) if isinstance(each, Window))
