"""Reading, conditioning and inference at once give what one after the other gives."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from core.config import Config, InferenceConfig
from core.detector import Detection, detect
from core.electrodes import ELECTRODES
from core.errors import ConfigError, RecordingError, SignalError
from core.model.engine import load_engine
from core.stream import split
from core.types import Chunk, FloatArray, StreamInfo
from monitor.offline import check_batch, detect_ahead

CONFIG = Config(inference=InferenceConfig(device="cpu"))
INFO = StreamInfo(ELECTRODES, 256.0, name="bed.edf")


class Loudness:
    """Probability from the energy of each sample; slower for some windows than for others."""

    name = "loudness"
    weights = "STAND-IN"

    def __init__(self) -> None:
        self.n_resets = 0

    def predict(self, data: FloatArray) -> FloatArray:
        time.sleep(0.002 * (int(abs(float(data[0, 0])) * 1e4) % 4))
        power = np.mean(data.astype(np.float64) ** 2, axis=0)
        smooth = signal.lfilter([1 / 64] * 64, [1.0], power)
        return (1 / (1 + np.exp(-4 * (smooth - 2)))).astype(np.float32)

    def reset(self) -> None:
        self.n_resets += 1


class BatchLoudness(Loudness):
    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def predict_many(self, data: FloatArray) -> FloatArray:
        self.batches.append(len(data))
        return np.stack([self.predict(window) for window in data])


class Failing(Loudness):
    """Fails at its third window."""

    def __init__(self) -> None:
        super().__init__()
        self._n = 0

    def predict(self, data: FloatArray) -> FloatArray:
        self._n += 1
        if self._n == 3:
            raise SignalError("loudness: window 3 cannot be scored")
        return super().predict(data)


def recording(seconds: float, start_sample: int = 0, seed: int = 0) -> Chunk:
    """Noise, loud from 20 to 40 s."""
    data = np.random.default_rng(seed).normal(0, 20, (19, round(seconds * 256)))
    data[:, 20 * 256 : 40 * 256] *= 5
    return Chunk(data.astype(np.float32), start_sample)


def with_a_gap() -> list[Chunk]:
    return [recording(95.3), recording(75, start_sample=200 * 256, seed=1)]


def seen(detection: Detection) -> tuple[object, ...]:
    return (
        detection.events,
        detection.gaps,
        detection.n_windows,
        detection.n_samples,
        detection.unscored_samples,
        detection.probabilities_sha256,
    )


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 4), st.integers(1, 7), st.integers(0, 10**6))
def test_threads_batches_and_chunks_change_nothing(n_threads: int, batch: int, seed: int) -> None:
    expected, _ = detect(with_a_gap(), INFO, CONFIG, Loudness())
    assert len(expected.events) >= 2
    assert expected.gaps
    scorer = BatchLoudness()
    pieces = split(with_a_gap(), seed)
    found = detect_ahead(pieces, INFO, CONFIG, scorer, n_threads=n_threads, batch=batch)
    assert seen(found) == seen(expected)
    assert scorer.n_resets == 1
    assert max(scorer.batches, default=1) <= batch
    assert sum(scorer.batches) <= expected.n_windows


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_network_gives_bitwise_the_same_from_several_threads(n_threads: int) -> None:
    engine = load_engine(CONFIG, None)
    expected, _ = detect([recording(70)], INFO, CONFIG, engine)
    found = detect_ahead([recording(70)], INFO, CONFIG, engine, n_threads=n_threads)
    assert seen(found) == seen(expected)


def test_no_more_is_read_than_scoring_needs_soon() -> None:
    read_s = 0
    scored = threading.Event()

    class Waiting(Loudness):
        def predict(self, data: FloatArray) -> FloatArray:
            if not scored.is_set():
                time.sleep(0.3)  # time enough to read the whole day, were it not held back
                reached.append(read_s)
                scored.set()
            return super().predict(data)

    reached: list[int] = []

    def hours() -> Iterator[Chunk]:
        nonlocal read_s
        for second in range(0, 1200, 10):
            read_s = second
            yield recording(10, start_sample=second * 256)

    detection = detect_ahead(hours(), INFO, CONFIG, Waiting())
    assert detection.n_samples == 1200 * 256
    assert reached[0] <= 60 + 10 * 10


def test_what_is_decided_is_told_in_order() -> None:
    told: list[int] = []
    detect_ahead([recording(130)], INFO, CONFIG, Loudness(), n_threads=3, watch=told.append)
    assert told == sorted(told)
    assert told[-1] == 130 * 256


@pytest.mark.parametrize("n_threads", [1, 3])
def test_a_failure_of_scoring_or_reading_ends_all_threads(n_threads: int) -> None:
    before = threading.active_count()
    with pytest.raises(SignalError, match="window 3 cannot be scored"):
        detect_ahead([recording(600)], INFO, CONFIG, Failing(), n_threads=n_threads)

    def torn() -> Iterator[Chunk]:
        yield recording(100)
        raise RecordingError("bed.edf: record 10 cannot be read")

    with pytest.raises(RecordingError, match="record 10"):
        detect_ahead(torn(), INFO, CONFIG, Loudness(), n_threads=n_threads)
    assert threading.active_count() == before


def test_an_empty_recording_is_an_error() -> None:
    with pytest.raises(SignalError, match=r"bed\.edf holds no samples"):
        detect_ahead([], INFO, CONFIG, Loudness())


def test_batches_need_a_network_that_takes_them() -> None:
    check_batch(BatchLoudness(), 8)
    check_batch(Loudness(), 1)
    with pytest.raises(ConfigError, match=r"loudness scores one window at a time, not 8"):
        check_batch(Loudness(), 8)
