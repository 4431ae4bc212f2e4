"""Every operator of the pipeline, each with a stream to feed it and a way to compare its output."""

import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import signal

from core.conditioning import Conditioner
from core.config import BLOCK_SAMPLES, ConditioningConfig, Config, QualityConfig
from core.decode import Decoder
from core.detector import Detector
from core.electrodes import ELECTRODES
from core.events import EventTracker, Hysteresis
from core.filters import Reblock, SosFilter, design_band_pass, design_notch
from core.gaps import GapBridge
from core.montage import Montage, plan_montage
from core.quality import QualityMonitor, RestMarker
from core.resample import Resampler
from core.stitch import Stitched, Stitcher
from core.stream import Chain
from core.types import Chunk, DetectionStep, Gap, Probabilities, QualityReport, StreamInfo
from core.window import Windower

CONFIG = Config()
KIB, MIB = 2**10, 2**20
N_CHANNELS = 3
RATES_HZ = (500.0, 200.0, 1000.0, 256.0, 512.0, 249.98, 512.33)


class EnergyScorer:
    """A cheap stand-in for the network: smoothed energy, squashed to [0, 1]."""

    name = "energy"
    weights = "STAND-IN"

    def predict(self, data):
        power = np.mean(data.astype(np.float64) ** 2, axis=0)
        smooth = signal.lfilter([1 / 128] * 128, [1.0], power)
        return (1 - np.exp(-smooth)).astype(np.float32)

    def reset(self):
        pass


@dataclass(frozen=True)
class Case:
    """An operator under test.

    ``stream`` makes about ``seconds`` of input, ``bound`` limits the operator's state in bytes.
    ``keeps`` names what lives on across ``flush`` (the Windower's statistics).
    """

    name: str
    make: Callable[[], Any]
    stream: Callable[[float], list[Any]]
    seconds: float
    bound: int
    long_seconds: float = 60.0
    keeps: str = ""


def read_only(array):
    array.flags.writeable = False
    return array


def info(n_channels: int = N_CHANNELS, sfreq: float = 256.0) -> StreamInfo:
    names = [*ELECTRODES, "ECG", "EMG"][:n_channels]
    limit = (3000.0,) * n_channels
    return StreamInfo(tuple(names), sfreq, None, tuple(-x for x in limit), limit)


def signal_chunks(
    n_channels: int, sfreq: float, seconds: float, gaps: Sequence[tuple[float, float]] = ()
) -> list[Chunk]:
    """Noise with a burst, a flat stretch and a rail; cut where ``gaps`` (at, length) lie, in s."""
    n = round(seconds * sfreq)
    rng = np.random.default_rng(n + n_channels)
    data = rng.normal(0, 25, (n_channels, n)).astype(np.float32) + 40
    data[:, n // 2 : n // 2 + round(0.2 * n)] *= 4
    data[0, n // 4 : n // 4 + round(0.9 * sfreq)] = 7.0
    data[-1, n // 3 : n // 3 + round(0.2 * sfreq)] = 3000.0
    valid = np.ones(data.shape, dtype=np.bool_)
    valid[1, n // 5 : n // 5 + 50] = False
    chunks, position = [], 0
    for at_s, length_s in [*gaps, (seconds, 0.0)]:
        stop = round(at_s * sfreq)
        chunks.append(
            Chunk(
                read_only(data[:, position:stop].copy()),
                1000 + position,
                read_only(valid[:, position:stop].copy()),
            )
        )
        position = stop + round(length_s * sfreq)
    return chunks


def plateaus(seconds: float) -> list[Any]:
    """Probabilities that hold a level for a while, then jump."""
    n = round(seconds * 256)
    rng = np.random.default_rng(n)
    lengths = rng.choice([1, 5, 10, 11, 12, 30, 31, 32, 400, 767, 768, 769, 1500], size=n // 20)
    levels = rng.choice([0.1, 0.779, 0.78, 0.82, 0.86, 0.97], size=lengths.size)
    return [read_only(np.repeat(levels, lengths)[:n].astype(np.float32))]


def windows_of_probabilities(seconds: float) -> list[Any]:
    """Votes of overlapping windows: a skipped one among them, a gap, and a padded tail."""
    rng = np.random.default_rng(5)
    window, stride = CONFIG.window_samples, CONFIG.stride_samples
    n_windows = max(3, round(seconds * 256) // stride)
    (levels,) = plateaus((n_windows * stride + window) / 256)
    items: list[Any] = []
    for k in range(n_windows):
        start = k * stride
        values = np.clip(levels[start : start + window] + rng.normal(0, 0.01, window), 0, 1)
        n_valid = window if k < n_windows - 1 else window - 777
        skipped = k == 1
        votes = None if skipped else read_only(values.astype(np.float32))
        items.append(Probabilities(votes, start, n_valid))
    return items


def with_gap(items: list[Any]) -> list[Any]:
    """The same windows once more behind a gap."""
    stop = items[-1].start_sample + items[-1].n_valid
    shift = stop + 5000
    again = [dataclasses.replace(item, start_sample=item.start_sample + shift) for item in items]
    return [*items, Gap(stop, shift), *again]


def _source(sfreq: float, seconds: float) -> list[Chunk]:
    return signal_chunks(21, sfreq, seconds, [(5.0, 0.4), (0.7 * seconds, 1.7)])


def _conditioner(sfreq: float) -> Callable[[], Conditioner]:
    return lambda: Conditioner(info(21, sfreq), CONFIG)


def _montage() -> Montage:
    names = info(21).ch_names
    return Montage(plan_montage(names, CONFIG.montage), names, 256.0)


def _resampler_case(sfreq: float) -> Case:
    return Case(
        f"Resampler-{sfreq:g}",
        lambda: Resampler(sfreq, 256.0, "sinc_medium"),
        lambda s: signal_chunks(N_CHANNELS, sfreq, s),
        10.0,
        24 * KIB,
        long_seconds=30.0,
    )


CASES = [
    Case(
        "GapBridge",
        lambda: GapBridge(256.0, 0.5),
        lambda s: signal_chunks(N_CHANNELS, 256.0, s, [(0.2 * s, 0.5), (0.6 * s, 0.6)]),
        20.0,
        4 * KIB,
    ),
    Case(
        "RestMarker",
        lambda: RestMarker(info(), QualityConfig()),
        lambda s: signal_chunks(N_CHANNELS, 256.0, s),
        20.0,
        4 * KIB,
    ),
    Case(
        "QualityMonitor",
        lambda: QualityMonitor(info(), QualityConfig(), 60),
        lambda s: signal_chunks(N_CHANNELS, 256.0, s),
        20.3,
        160 * KIB,
    ),
    Case("Montage", _montage, lambda s: signal_chunks(21, 256.0, s), 10.0, 40 * KIB),
    *[_resampler_case(sfreq) for sfreq in RATES_HZ],
    Case(
        "SosFilter-band",
        lambda: SosFilter(design_band_pass(ConditioningConfig())),
        lambda s: signal_chunks(N_CHANNELS, 256.0, s),
        20.0,
        4 * KIB,
    ),
    Case(
        "SosFilter-notch",
        lambda: SosFilter(design_notch(ConditioningConfig())),
        lambda s: signal_chunks(N_CHANNELS, 256.0, s),
        20.0,
        4 * KIB,
    ),
    Case(
        "Reblock",
        lambda: Reblock(BLOCK_SAMPLES),
        lambda s: signal_chunks(N_CHANNELS, 256.0, s),
        10.05,
        4 * KIB,
    ),
    Case(
        "Windower",
        lambda: Chain([Reblock(BLOCK_SAMPLES), Windower(1536, 256, 10.0)]),
        lambda s: signal_chunks(19, 256.0, s),
        12.3,
        300 * KIB,
        keeps="Welford",
    ),
    Case("Stitcher", lambda: Stitcher(15360, 2560), windows_of_probabilities, 90.0, 300 * KIB, 300),
    Case("Hysteresis", lambda: Hysteresis(0.86, 0.78), plateaus, 60.0, 2 * KIB, 600),
    Case("EventTracker", lambda: EventTracker(CONFIG), plateaus, 60.0, 4 * KIB, 600),
    Case(
        "Decoder",
        lambda: Decoder(CONFIG),
        lambda s: with_gap(windows_of_probabilities(s)),
        60.0,
        310 * KIB,
        300,
    ),
    Case("Conditioner-256", _conditioner(256.0), lambda s: _source(256.0, s), 10.0, 1 * MIB, 30),
    Case("Conditioner-200", _conditioner(200.0), lambda s: _source(200.0, s), 10.0, 1 * MIB, 20),
    Case(
        "Detector",
        lambda: Detector(info(21), CONFIG, EnergyScorer()),
        lambda s: _source(256.0, s),
        95.0,
        5 * MIB,
        100,
        keeps="Welford",
    ),
]


def n_positions(items: Sequence[Any]) -> int:
    """How many places there are to cut a stream at."""
    return sum(_length(item) for item in items)


def cut(items: Sequence[Any], positions: Sequence[int]) -> Iterator[Any]:
    """Split a stream at ``positions`` (sorted; a doubled one gives an empty piece)."""
    before = 0
    for item in items:
        length = _length(item)
        here = [p - before for p in positions if before <= p < before + length]
        if length == 0:
            yield item
            continue
        for start, stop in zip([0, *here], [*here, length], strict=True):
            yield _piece(item, start, stop)
        before += length


def empty_of(items: Sequence[Any]) -> Any:
    """An empty piece of the stream."""
    return _piece(items[0], 0, 0)


def _length(item: Any) -> int:
    if isinstance(item, Chunk):
        return item.n_samples
    return item.size if isinstance(item, np.ndarray) else 0


def _piece(item: Any, start: int, stop: int) -> Any:
    if isinstance(item, Chunk):
        valid = None if item.valid is None else item.valid[:, start:stop]
        return Chunk(item.data[:, start:stop], item.start_sample + start, valid)
    return item[start:stop]


def run(operator: Any, items: Sequence[Any] | Iterator[Any]) -> list[Any]:
    """Push everything, then flush."""
    out = [out for item in items for out in operator.push(item)]
    return [*out, *operator.flush()]


def canonical(outputs: Sequence[Any]) -> list[Any]:
    """Bitwise form of an output stream, without regard to where chunks were cut.

    Quality reports travel beside the signal and are listed on their own.
    """
    reports = [out for out in outputs if isinstance(out, QualityReport)]
    rows: list[Any] = []
    joined: list[Chunk] = []
    for out in outputs:
        if isinstance(out, QualityReport):
            continue
        if isinstance(out, Chunk) and (not joined or joined[-1].stop_sample == out.start_sample):
            joined.append(out)
            continue
        rows += _joined(joined)
        joined = [out] if isinstance(out, Chunk) else []
        if not joined:
            rows.append(_bits(out))
    rows += _joined(joined)
    if rows and all(isinstance(row, tuple) and row[0] == "array" for row in rows):
        rows = [b"".join(row[2] for row in rows)]
    return [*rows, *reports]


def _joined(chunks: list[Chunk]) -> list[Any]:
    if not chunks:
        return []
    data = np.concatenate([chunk.data for chunk in chunks], axis=1)
    valid = np.concatenate([chunk.validity() for chunk in chunks], axis=1)
    return [(chunks[0].start_sample, data.shape, data.dtype, data.tobytes(), valid.tobytes())]


def _bits(out: Any) -> Any:
    if isinstance(out, np.ndarray):
        return ("array", out.dtype, out.tobytes())
    if isinstance(out, (DetectionStep, Stitched)) or hasattr(out, "n_valid"):
        values = [getattr(out, field.name) for field in dataclasses.fields(out)]
        return tuple(_bits(v) if isinstance(v, np.ndarray) else v for v in values)
    return out


def state_nbytes(obj: Any, seen: set[int] | None = None) -> int:
    """Memory that an object keeps alive, arrays behind views included."""
    seen = set() if seen is None else seen
    if id(obj) in seen or isinstance(obj, (type, EnergyScorer)) or callable(obj):
        return 0
    seen.add(id(obj))
    if isinstance(obj, np.ndarray):
        if obj.base is not None and isinstance(obj.base, np.ndarray):
            return state_nbytes(obj.base, seen)
        return obj.nbytes
    total = sys.getsizeof(obj)
    if isinstance(obj, dict):
        return total + sum(state_nbytes(v, seen) for v in obj.values())
    if isinstance(obj, (list, tuple)):
        return total + sum(state_nbytes(v, seen) for v in obj)
    if type(obj).__module__.split(".")[0] == "core":
        names = {*getattr(obj, "__dict__", {}), *getattr(type(obj), "__slots__", ())}
        total += sum(state_nbytes(getattr(obj, name), seen) for name in names)
    return total
