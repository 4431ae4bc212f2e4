"""Recorded files as independent readers see them."""

import warnings
from pathlib import Path
from typing import NamedTuple

import edfio
import numpy as np
import numpy.typing as npt

from core.types import Chunk, FloatArray, StreamInfo

READERS = ("edfio", "pyedflib", "mne")


class ReadFile(NamedTuple):
    """What a reader finds: microvolts, rate, labels, and (onset, duration or 0, text) by onset."""

    data: npt.NDArray[np.float64]
    sfreq: float
    labels: list[str]
    annotations: list[tuple[float, float, str]]


def read_with(reader: str, path: Path) -> ReadFile:
    """Read a whole file with one of ``READERS``."""
    return {"edfio": _edfio, "pyedflib": _pyedflib, "mne": _mne}[reader](path)


def _sorted(annotations):
    return sorted((round(float(a), 4), round(float(b), 4), str(c)) for a, b, c in annotations)


def _edfio(path):
    edf = edfio.read_edf(path)
    return ReadFile(
        np.array([signal.data for signal in edf.signals]),
        edf.signals[0].sampling_frequency,
        [signal.label for signal in edf.signals],
        _sorted((a.onset, a.duration or 0, a.text) for a in edf.annotations),
    )


def _pyedflib(path):
    import pyedflib

    with pyedflib.EdfReader(str(path)) as reader:
        onsets, durations, texts = reader.readAnnotations()
        return ReadFile(
            np.array([reader.readSignal(k) for k in range(reader.signals_in_file)]),
            reader.getSampleFrequency(0),
            reader.getSignalLabels(),
            _sorted(zip(onsets, np.maximum(durations, 0), texts, strict=True)),
        )


def _mne(path):
    import mne

    with warnings.catch_warnings():
        # Not about the file: numpy and the lazy loader.
        warnings.simplefilter("ignore", DeprecationWarning)
        raw = mne.io.read_raw_edf(path, verbose="error")
        found = raw.annotations
        return ReadFile(
            raw.get_data() * 1e6,
            raw.info["sfreq"],
            raw.ch_names,
            _sorted(zip(found.onset, found.duration, found.description, strict=True)),
        )


def eeg(n_channels: int, n_samples: int, seed: int = 0, offset_uv: float = 0.0) -> FloatArray:
    """Noise of 50 uV on offsets that grow with the channel."""
    noise = np.random.default_rng(seed).normal(0, 50, (n_channels, n_samples))
    return (noise + offset_uv * np.arange(n_channels)[:, None]).astype(np.float32)


def stream(n_channels: int = 3, sfreq: float = 256.0, **facts: object) -> StreamInfo:
    """Channels C1, C2 ..."""
    names = tuple(f"C{k + 1}" for k in range(n_channels))
    return StreamInfo(names, sfreq, **facts)


def chunks(data: FloatArray, start: int = 0, size: int = 100) -> list[Chunk]:
    """Cut a signal into chunks."""
    return [Chunk(data[:, k : k + size], start + k) for k in range(0, data.shape[1], size)]
