"""Each rule finds the false alarm that was made for it; the order decides between them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from core.evaluation.audit import (
    CATEGORIES,
    audit_false_alarms,
    audit_recording,
    false_alarm_table,
)
from core.evaluation.audit_features import describe
from core.evaluation.audit_rules import Circumstances, categorise
from core.evaluation.results import RecordingResult
from core.types import Event, Quality
from tests.edf_files import write_edf_plus_d

SFREQ = 256
N = 20 * SFREQ
Signal = npt.NDArray[np.float64]


def background(seed: int = 0, n: int = N) -> Signal:
    """Noise with a 1/f spectrum, 30 uV root mean square, above 0.5 Hz."""
    rng = np.random.default_rng(seed)
    freq_hz = np.fft.rfftfreq(n, 1 / SFREQ)
    spectrum = np.fft.rfft(rng.normal(size=(19, n)), axis=1)
    spectrum *= np.where(freq_hz >= 0.5, 1 / np.maximum(freq_hz, 0.5), 0)
    x = np.fft.irfft(spectrum, n, axis=1)
    return np.asarray(30 * x / x.std(axis=1, keepdims=True))


def sine(freq_hz: float, amplitude_uv: float, n: int = N) -> Signal:
    return np.asarray(amplitude_uv * np.sin(2 * np.pi * freq_hz * np.arange(n) / SFREQ))


def electrode(x: Signal) -> Signal:
    rng = np.random.default_rng(5)
    bad = np.zeros_like(x)
    bad[4] = rng.normal(0, 200, x.shape[1])
    return x + bad - bad.mean(axis=0)


def muscle(x: Signal) -> Signal:
    return x + np.diff(np.random.default_rng(6).normal(0, 60, (19, x.shape[1] + 1)), axis=1)


MADE = {
    "electrode": electrode,
    "mains": lambda x: x + sine(50, 80),
    "movement/muscle": muscle,
    "rhythmic background": lambda x: x + sine(9.5, 60),
    "other": lambda x: x,
}


@pytest.mark.parametrize("category", MADE)
@pytest.mark.parametrize("seed", range(5))
def test_each_signal_gets_its_category(category: str, seed: int) -> None:
    features = describe(MADE[category](background(seed)).astype(np.float32))
    assert categorise(features, Circumstances())[0] == category


@pytest.mark.parametrize("freq_hz", [1.5, 3.0, 6.0, 12.0])
def test_the_rhythm_is_found_where_it_is(freq_hz: float) -> None:
    rhythm = describe((background() + sine(freq_hz, 80)).astype(np.float32)).rhythm
    assert rhythm is not None
    assert rhythm.freq_hz == pytest.approx(freq_hz, abs=0.25)
    assert rhythm.prominence > 3


def test_the_dominant_channel_survives_the_average_reference() -> None:
    features = describe(electrode(background()).astype(np.float32))
    assert features.dominant[0] == ELECTRODES[4]
    assert sum(features.bands.values()) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("circumstances", "category"),
    [
        (Circumstances(seam_s=1.9, after_seizure_s=10), "near a join or gap"),
        (Circumstances(seam_s=2.1), "other"),
        (Circumstances(after_seizure_s=299), "post-ictal"),
        (Circumstances(after_seizure_s=301), "other"),
        (Circumstances(flags=(("Cz", Quality.FLAT, 0.3),), after_seizure_s=9), "electrode"),
        (Circumstances(flags=(("Cz", Quality.FLAT, 0.1),)), "other"),
        (Circumstances(flags=(("Cz", Quality.LINE_NOISE, 0.3),)), "mains"),
    ],
)
def test_circumstances_and_their_order(circumstances: Circumstances, category: str) -> None:
    features = describe(background().astype(np.float32))
    assert categorise(features, circumstances)[0] == category
    assert category in CATEGORIES


def test_silence_and_missing_signal_are_no_crash() -> None:
    features = describe(np.zeros((19, 300), dtype=np.float32))
    assert features.rhythm is None
    assert categorise(features, Circumstances())[0] == "other"
    assert categorise(None, Circumstances()) == ("other", "signal not at hand")


def result(path: Path, *events: tuple[float, float, float]) -> RecordingResult:
    hyp = tuple(Event(int(a * SFREQ), int(b * SFREQ), peak) for a, b, peak in events)
    return RecordingResult(
        path, "sub-1", "made", 200.0, ((10.0, 20.0),), hyp, (), (None,), path, (), (), (90.0,)
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "x_eeg.edf"
    first, second = background(1, 120 * SFREQ), background(2, 60 * SFREQ)
    first[4, 60 * SFREQ : 70 * SFREQ] = 0.0
    write_edf_plus_d(path, [(0.0, first), (140.0, second)], ch_names=ELECTRODES)
    return path


def test_a_recording_end_to_end(recording: Path) -> None:
    found = audit_recording(
        result(
            recording, (15, 30, 0.99), (60, 70, 0.9), (89, 95, 0.88), (141, 150, 0.95),
            (170, 199.9, 0.9), (0, 4, 0.9),
        ),
        Config(),
    )  # fmt: skip
    categories = [alarm.category for alarm in found]
    assert categories == [
        "electrode", "near a join or gap", "near a join or gap", "post-ictal", "other",
    ]  # fmt: skip
    assert any(name == "F7" and flag is Quality.FLAT for name, flag, _ in found[0].flags)
    assert found[0].excerpt is not None
    assert found[0].excerpt.shape == (19, 10 * SFREQ)
    assert found[0].excerpt_start_s == 55.0
    assert found[2].excerpt_start_s == 140.0
    assert found[4].excerpt_start_s == 0.0


def test_the_table_has_one_row_a_false_alarm(recording: Path) -> None:
    progress: list[tuple[int, int]] = []
    results = [result(recording, (60, 70, 0.9)), result(recording)]
    alarms = audit_false_alarms(results, Config(), lambda *done: progress.append(done))
    lines = false_alarm_table(alarms).splitlines()
    assert progress == [(1, 2), (2, 2)]
    assert len(lines) == 2
    assert len({line.count("\t") for line in lines}) == 1
    assert lines[1].startswith("x_eeg.edf\tsub-1\t60.000\t10.000\t0.9000\telectrode\t")


def test_no_false_alarms_give_a_header_alone() -> None:
    assert audit_false_alarms([], Config()) == []
    assert len(false_alarm_table([]).splitlines()) == 1
