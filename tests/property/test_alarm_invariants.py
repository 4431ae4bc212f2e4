"""Alarms and final events, over arbitrary probabilities that change from window to window."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import Config
from core.decode import Decoder
from core.types import DetectionStep, Gap, Probabilities
from monitor.alarm import AlarmManager, AlarmState, Transition

CONFIG = Config()
WINDOW, STRIDE = CONFIG.window_samples, CONFIG.stride_samples
LEGAL = {
    None: {Transition.RAISED},
    Transition.RAISED: {Transition.CONFIRMED, Transition.RETRACTED},
    Transition.CONFIRMED: {Transition.ENDED},
}


def plateaus(rng, n):
    """Random plateaus around the thresholds, some of them very short."""
    values = np.empty(n, dtype=np.float32)
    position = 0
    while position < n:
        length = int(rng.choice([5, 12, 28, 35, 400, 800, 2500, 6000]))
        values[position : position + length] = rng.choice([0.1, 0.7, 0.8, 0.9, 1.0])
        position += length
    return values


def windows(rng, changing):
    """Segments of windows as the pipeline makes them, with gaps between."""
    items, start = [], 0
    for _ in range(int(rng.integers(1, 4))):
        n = int(rng.choice([700, 1500, 2560, 9000, 15360, 15361, 40000, 70000]))
        truth = plateaus(rng, n + WINDOW)
        k = 0
        while True:
            n_valid = min(WINDOW, n - k * STRIDE)
            if k and n_valid <= WINDOW - STRIDE:
                break
            values = truth[k * STRIDE : k * STRIDE + WINDOW].copy()
            if changing and rng.random() < 0.6:
                values = plateaus(rng, WINDOW) if rng.random() < 0.5 else 0.9 * values
            skipped = changing and rng.random() < 0.1
            items.append(Probabilities(None if skipped else values, start + k * STRIDE, n_valid))
            k += 1
        gap = Gap(start + n, start + n + int(rng.integers(200, 5000)))
        items.append(gap)
        start = gap.stop_sample
    return items[:-1]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), changing=st.booleans())
def test_every_final_event_is_one_alarm_and_every_alarm_is_settled(seed, changing):
    rng = np.random.default_rng(seed)
    decoder, manager = Decoder(CONFIG), AlarmManager()
    events, steps = [], []
    last_transition = {}

    def take(items):
        for item in items:
            if not isinstance(item, DetectionStep):
                continue
            events.extend(item.final_events)
            peaks = {a.alarm_id: a.peak for a in manager.alarms}
            new = manager.update(item)
            assert all(a.peak >= peaks.get(a.alarm_id, 0) for a in manager.alarms)
            if rng.random() < 0.2 and manager.alarms:
                wanted = [int(rng.integers(1, len(manager.alarms) + 2))]
                before = {a.alarm_id: a.state for a in manager.alarms}
                acknowledged = manager.acknowledge(wanted, "nurse")
                assert {a.alarm_id: a.state for a in manager.alarms} == before
                assert all(s.alarm.acknowledged and s.reason == "nurse" for s in acknowledged)
            for step in new:
                alarm_id = step.alarm.alarm_id
                assert step.transition in LEGAL[last_transition.get(alarm_id)]
                assert step.alarm.state == step.transition.value
                assert step.alarm.offset_sample - step.alarm.onset_sample >= 768
                last_transition[alarm_id] = step.transition
                steps.append(step)
            ended = [s for s in new if s.transition is Transition.ENDED]
            assert len(ended) == len(item.final_events)
            if item.segment_end:
                assert not any(alarm.is_open for alarm in manager.alarms)

    for item in windows(rng, changing):
        take(decoder.push(item))
    take(decoder.flush())

    ended = [alarm for alarm in manager.alarms if alarm.state is AlarmState.ENDED]
    assert {a.state for a in manager.alarms} <= {AlarmState.ENDED, AlarmState.RETRACTED}
    ended.sort(key=lambda alarm: alarm.onset_sample)
    assert [(a.onset_sample, a.offset_sample) for a in ended] == [
        (e.onset_sample, e.offset_sample) for e in events
    ]
    assert all(a.peak >= e.peak for a, e in zip(ended, events, strict=True))
    assert sum(s.transition is Transition.CONFIRMED for s in steps) == len(events)
    raised = [s.alarm.alarm_id for s in steps if s.transition is Transition.RAISED]
    assert raised == list(range(1, len(manager.alarms) + 1))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_votes_that_agree_never_retract_an_event_that_is_over(seed):
    """With one truth for all windows, provisional and final streams are the same."""
    rng = np.random.default_rng(seed)
    decoder, manager = Decoder(CONFIG), AlarmManager()
    events = []
    for item in [*windows(rng, changing=False), None]:
        for step in decoder.push(item) if item is not None else decoder.flush():
            if isinstance(step, DetectionStep):
                events += step.final_events
                manager.update(step)
    for alarm in manager.alarms:
        if alarm.state is AlarmState.RETRACTED:
            # Only an event whose end was not in yet may turn out to be part of another one.
            assert any(e.onset_sample <= alarm.onset_sample < e.offset_sample for e in events)
