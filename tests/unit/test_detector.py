from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import signal

from core.conditioning import Conditioner
from core.config import Config
from core.decode import Decoder
from core.detector import Detector, detect, score_window
from core.electrodes import ELECTRODES
from core.errors import SignalError
from core.model.engine import load_engine
from core.stream import split
from core.types import Chunk, DetectionStep, Gap, Probabilities, QualityReport, StreamInfo, Window
from core.window import Windower

CONFIG = Config()
WINDOW, STRIDE = CONFIG.window_samples, CONFIG.stride_samples
START = datetime(2024, 5, 1, 22, 0, tzinfo=UTC)


class EnergyScorer:
    """Probability from the smoothed energy: high where the signal is large."""

    name = "energy"
    weights = "STAND-IN"

    def __init__(self):
        self.windows = []

    def predict(self, data):
        self.windows.append(data.copy())
        power = signal.lfilter([1 / 64] * 64, [1.0], np.mean(data.astype(np.float64) ** 2, axis=0))
        return (1 / (1 + np.exp(-4 * (power - 2)))).astype(np.float32)

    def reset(self):
        self.windows.clear()


class Everywhere:
    """Seizure in every sample of the window, its padding included."""

    name = "everywhere"
    weights = "STAND-IN"

    def predict(self, data):
        return np.full(data.shape[1], 0.95, dtype=np.float32)

    def reset(self):
        pass


def _info(sfreq=256.0):
    return StreamInfo(ELECTRODES, sfreq, START, name="bed.edf")


def _recording(seconds, seizures=(), sfreq=256.0, start_sample=0, seed=0):
    rng = np.random.default_rng(seed)
    data = rng.normal(0, 20, (19, round(seconds * sfreq)))
    for onset_s, offset_s in seizures:
        data[:, round(onset_s * sfreq) : round(offset_s * sfreq)] *= 5
    return Chunk(data.astype(np.float32), start_sample)


def _events_s(detection):
    return [(round(event.onset_s, 1), round(event.offset_s, 1)) for event in detection.events]


def test_events_lie_where_the_signal_is_large():
    chunk = _recording(150, [(40, 52), (90, 91), (120, 130)])
    detection, steps = detect([chunk], _info(), CONFIG, EnergyScorer())
    assert [round(onset) for onset, _ in _events_s(detection)] == [40, 120]
    assert [round(offset) for _, offset in _events_s(detection)] == [52, 130]
    assert detection.events[0].onset_time == pytest.approx(
        START + timedelta(seconds=40), abs=timedelta(seconds=0.5)
    )
    assert detection.n_windows == 10
    assert (detection.n_samples, detection.unscored_samples) == (150 * 256, 0)
    assert steps[-1].segment_end
    assert not any(step.segment_end for step in steps[:-1])


def test_steps_tile_the_recording():
    _, steps = detect([_recording(101.3)], _info(), CONFIG, EnergyScorer())
    position = 0
    for step in steps:
        assert step.start_sample == position
        position = step.final_stop
    assert position == round(101.3 * 256)


@pytest.mark.parametrize("sfreq", [256.0, 200.0])
def test_chunking_changes_nothing(sfreq):
    chunk = _recording(100, [(40, 52), (85, 95)], sfreq)
    whole, _ = detect([chunk], _info(sfreq), CONFIG, EnergyScorer())
    for seed in (1, 2):
        pieces, _ = detect(split([chunk], seed), _info(sfreq), CONFIG, EnergyScorer())
        assert pieces.events == whole.events
        assert pieces.probabilities_sha256 == whole.probabilities_sha256
    assert len(whole.events) == 2
    other, _ = detect([_recording(100, [], sfreq)], _info(sfreq), CONFIG, EnergyScorer())
    assert other.probabilities_sha256 != whole.probabilities_sha256


@pytest.mark.parametrize("seconds", [3.0, 3.5, 9.9, 10.0, 10.1, 59.9, 60.0, 60.1, 70.0, 75.0])
def test_recordings_of_any_length_are_covered_to_the_end(seconds):
    n = round(seconds * 256)
    detection, steps = detect([_recording(seconds)], _info(), CONFIG, Everywhere())
    assert detection.n_samples == n
    assert [(e.onset_sample, e.offset_sample) for e in detection.events] == [(0, n)]
    assert steps[-1].segment_end


def test_a_seizure_shorter_than_three_seconds_is_none():
    detection, _ = detect([_recording(2.99)], _info(), CONFIG, Everywhere())
    assert detection.events == []
    assert detection.n_samples == round(2.99 * 256)


def test_an_empty_stream_is_an_error():
    with pytest.raises(SignalError, match=r"bed\.edf holds no samples"):
        detect([], _info(), CONFIG, Everywhere())


@pytest.mark.parametrize("first_s", [4.0, 10.0, 33.0, 75.0])
def test_a_gap_closes_the_event_and_indices_jump(first_s):
    first, gap_s = round(first_s * 256), 120
    begin = first + gap_s * 256
    chunks = [_recording(first_s), _recording(40, start_sample=begin, seed=1)]
    detection, steps = detect(chunks, _info(), CONFIG, Everywhere())
    assert detection.gaps == [Gap(first, begin)]
    assert [(e.onset_sample, e.offset_sample) for e in detection.events] == [
        (0, first),
        (begin, begin + 40 * 256),
    ]
    ends = [step for step in steps if step.segment_end]
    assert [step.final_stop for step in ends] == [first, begin + 40 * 256]
    assert detection.events[1].onset_time == START + timedelta(seconds=first_s + gap_s)


def test_steps_stand_on_the_right_side_of_the_gap():
    detector = Detector(_info(), CONFIG, EnergyScorer())
    out = detector.push(_recording(65))
    out += detector.push(_recording(65, start_sample=100_000))
    out += detector.flush()
    (at,) = [i for i, item in enumerate(out) if isinstance(item, Gap)]
    before = [item for item in out[:at] if isinstance(item, DetectionStep)]
    after = [item for item in out[at:] if isinstance(item, DetectionStep)]
    assert before[-1].segment_end
    assert before[-1].final_stop == out[at].start_sample == 65 * 256
    assert after[0].start_sample == out[at].stop_sample == 100_000


def test_windows_start_anew_behind_a_gap_and_statistics_stay():
    """A segment after a loud one is normalised by both."""
    loud, quiet = _recording(65), _recording(65, start_sample=100_000, seed=1)
    loud.data[:] *= 10
    together, alone = EnergyScorer(), EnergyScorer()
    detect([loud, quiet], _info(), CONFIG, together)
    detect([quiet], _info(), CONFIG, alone)
    assert len(together.windows) == 4  # two in each segment
    n_valid = 65 * 256 - STRIDE
    assert not together.windows[1][:, n_valid:].any()
    joint, own = together.windows[2].std(), alone.windows[0].std()
    assert own == pytest.approx(1.0, abs=0.05)
    assert joint == pytest.approx(1 / np.sqrt((100 * 65 + 60) / 125), rel=0.05)


def test_the_detector_is_its_parts_in_a_row():
    """As the live monitor runs them, in three threads."""
    chunk = _recording(85, [(30, 40)])
    expected, _ = detect([chunk], _info(), CONFIG, EnergyScorer())
    conditioner = Conditioner(_info(), CONFIG)
    windower = Windower(WINDOW, STRIDE, CONFIG.normalisation.clip_sigma)
    decoder, scorer, events = Decoder(CONFIG, START), EnergyScorer(), []
    items = [*conditioner.push(chunk), *conditioner.flush()]
    blocks = [item for item in items if not isinstance(item, QualityReport)]
    windows = [w for block in blocks for w in windower.push(block)] + windower.flush()
    steps = [s for w in windows for s in decoder.push(score_window(scorer, w))] + decoder.flush()
    for step in steps:
        events += step.final_events
    assert events == expected.events
    assert len(events) == 1


def _decode(levels, skipped=()):
    """Decode one long probability stream, seen alike by every window."""
    decoder = Decoder(CONFIG)
    steps = []
    n = len(levels)
    for k in range((n - WINDOW) // STRIDE + 1):
        values = levels[k * STRIDE : k * STRIDE + WINDOW].astype(np.float32)
        votes = None if k in skipped else values
        steps += decoder.push(Probabilities(votes, k * STRIDE, WINDOW))
    return [*steps, *decoder.flush()]


def test_an_event_is_provisional_first_and_final_later():
    levels = np.full(WINDOW + 8 * STRIDE, 0.1)
    onset, offset = 14_000, 20_000
    levels[onset:offset] = 0.95
    steps = _decode(levels)
    first = steps[0]
    assert [(e.onset_sample, e.offset_sample) for e in first.provisional_events] == [
        (onset, WINDOW)
    ]
    assert first.final_events == ()
    (event,) = [event for step in steps for event in step.final_events]
    assert (event.onset_sample, event.offset_sample) == (onset, offset + 1)
    # while the final stream is inside of it, the event is open and cut at what is final
    open_steps = [step for step in steps if step.open_event]
    assert open_steps
    for step in open_steps:
        assert step.open_event.onset_sample == onset
        assert step.open_event.offset_sample == min(step.final_stop, offset + 1)
        assert step.settled_sample == onset
    for step in steps:
        if step.final_stop < onset:
            assert step.settled_sample == step.final_stop


def test_skipped_windows_are_counted_not_guessed():
    levels = np.full(WINDOW + 2 * STRIDE, 0.95)
    none_skipped, all_skipped = _decode(levels), _decode(levels, skipped={0, 1, 2})
    assert sum(step.unscored_samples for step in none_skipped) == 0
    assert sum(step.unscored_samples for step in all_skipped) == len(levels)
    assert not any(step.final_events for step in all_skipped)
    first_skipped = _decode(levels, skipped={0})
    assert sum(step.unscored_samples for step in first_skipped) == STRIDE


def test_reset_forgets_the_recording():
    chunk = _recording(70, [(20, 30)])
    detector = Detector(_info(), CONFIG, EnergyScorer())
    detector.push(_recording(65, seed=9))
    detector.reset()
    assert detector.n_windows == 0
    out = [*detector.push(chunk), *detector.flush()]
    events = [e for step in out if isinstance(step, DetectionStep) for e in step.final_events]
    assert events == detect([chunk], _info(), CONFIG, EnergyScorer())[0].events
    assert detector.n_windows == 2


class CountingScorer(Everywhere):
    """Remembers how often it was told to forget."""

    def __init__(self):
        self.n_resets = 0

    def reset(self):
        self.n_resets += 1


def test_every_detection_begins_with_a_scorer_that_remembers_nobody():
    scorer = CountingScorer()
    detect([_recording(5)], _info(), CONFIG, scorer)
    detect([_recording(5), _recording(5, start_sample=100_000)], _info(), CONFIG, scorer)
    assert scorer.n_resets == 2  # not at the gap: it is the same patient
    Detector(_info(), CONFIG, scorer).reset()
    assert scorer.n_resets == 4


def test_line_length_is_the_same_for_any_split_and_any_patient_before():
    config = Config.model_validate({"model": {"preset": "line-length"}})
    scorer = load_engine(config, None)
    chunk = _recording(203, [(140, 155)])
    whole, _ = detect([chunk], _info(), config, scorer)
    detect([_recording(90, seed=7)], _info(), config, scorer)
    pieces, _ = detect(split([chunk], 3), _info(), config, scorer)
    assert pieces.probabilities_sha256 == whole.probabilities_sha256
    (event,) = whole.events
    assert event.onset_s == pytest.approx(140, abs=3)
    assert event.offset_s == pytest.approx(155, abs=3)


def test_score_window_keeps_place_and_padding():
    window = Window(np.zeros((19, WINDOW), dtype=np.float32), 512, 777)
    scored = score_window(Everywhere(), window)
    assert (scored.start_sample, scored.n_valid) == (512, 777)
    assert scored.values.shape == (WINDOW,)


def test_steps_are_kept_on_demand_only():
    """They are half a gigabyte for a day, which `vigil detect` has no use for."""
    chunk = _recording(101.3)
    kept, steps = detect([chunk], _info(), CONFIG, EnergyScorer())
    dropped, none = detect([chunk], _info(), CONFIG, EnergyScorer(), keep_steps=False)
    assert steps
    assert none == []
    assert dropped.probabilities_sha256 == kept.probabilities_sha256
    assert dropped.events == kept.events
