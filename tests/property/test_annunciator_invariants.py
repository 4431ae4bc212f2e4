"""What must hold on the alarm panel, whatever happens in whatever order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.annunciator import AUDIO_PAUSE_S, LINGER_S, Annunciator
from monitor.burden import SeizureBurden
from monitor.conditions import SignalTransition
from monitor.priority import Priority

IDS = st.integers(1, 4)
KEYS = st.sampled_from(["gap", "stream", "channel Cz", "disk", "pipeline"])
SEIZURES = st.sampled_from(
    [Transition.RAISED, Transition.CONFIRMED, Transition.ENDED, Transition.RETRACTED]
)
ACTIONS = st.one_of(
    st.tuples(st.just("seizure"), SEIZURES, IDS),
    st.tuples(st.just("fault"), KEYS, st.booleans()),
    st.tuples(st.just("burden"), st.floats(0, 0.4), st.floats(0, 900)),
    st.tuples(st.just("acknowledge"), st.one_of(st.none(), KEYS)),
    st.tuples(st.just("pause")),
    st.tuples(st.just("resume")),
    st.tuples(st.just("audio"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0, 200)),
)
LEGAL = {
    SignalTransition.RAISED: {None, SignalTransition.CLEARED, SignalTransition.LATCHED},
    SignalTransition.LATCHED: {SignalTransition.RAISED, SignalTransition.ESCALATED},
}


def alarm_step(transition, alarm_id):
    alarm = Alarm(alarm_id, 0, 1000, 0.9, AlarmState(transition.value), 1000)
    return AlarmStep(transition, alarm, 1000)


def act(desk, action, now_s):
    match action:
        case ("seizure", transition, alarm_id):
            return desk.seizure(alarm_step(transition, alarm_id), now_s)
        case ("fault", key, active):
            return desk.technical([TechnicalAlarm(key, "text", active, 0)], now_s)
        case ("burden", share, longest_s):
            return desk.burden(SeizureBurden(share, longest_s), 0, now_s)
        case ("acknowledge", key):
            return desk.acknowledge(None if key is None else [key], "nurse", now_s)
        case ("pause",):
            return desk.pause_audio("nurse", now_s)
        case ("resume",):
            return desk.resume_audio("nurse")
        case ("audio", on):
            return desk.switch_audio("nurse", on=on)
        case ("wait", _):
            return desk.tick(now_s)


@settings(max_examples=200, deadline=None)
@given(actions=st.lists(ACTIONS, max_size=40))
def test_panel_and_sound_agree_with_what_happened(actions):
    desk, now_s = Annunciator(), 0.0
    last = {}
    for action in actions:
        now_s += action[1] if action[0] == "wait" else 0.01
        before = {c.key: c for c in desk.board.conditions}
        steps = act(desk, action, now_s)
        board = desk.board
        after = {c.key: c for c in board.conditions}

        for key, condition in before.items():
            if condition.is_latched and action[0] != "acknowledge":
                # nothing but an answer, or its coming back, takes a latched alarm away
                assert key in after
                assert after[key].is_latched or after[key].active
            if not condition.active and not condition.is_latched and key not in after:
                assert now_s - condition.changed_s >= LINGER_S
        for step in steps:
            if step.transition in LEGAL:
                assert last.get(step.key) in LEGAL[step.transition]
            if step.key != "sound" and step.transition is not SignalTransition.ACKNOWLEDGED:
                last[step.key] = step.transition

        calling = [c.priority for c in board.conditions if c.calls]
        audible = board.audio.on and board.audio.paused_until_s is None
        assert board.sounding == (max(calling, default=None) if audible else None)
        until_s = board.audio.paused_until_s
        assert until_s is None or until_s <= now_s + AUDIO_PAUSE_S
        standing = [c for c in board.conditions if c.active or c.is_latched]
        assert list(board.conditions[: len(standing)]) == standing
        priorities = [c.priority for c in standing]
        assert priorities == sorted(priorities, reverse=True)
        assert all(c.latching <= c.kind.is_physiological for c in board.conditions)

    desk.acknowledge(None, "nurse", now_s)
    assert not any(c.calls for c in desk.board.conditions)
    assert desk.board.sounding is None
    desk.tick(now_s + AUDIO_PAUSE_S + LINGER_S)
    assert all(c.active for c in desk.board.conditions)
    assert desk.board.audio.paused_until_s is None


@settings(max_examples=100, deadline=None)
@given(low=KEYS, later=KEYS)
def test_a_pause_is_broken_by_a_higher_priority_only(low, later):
    desk = Annunciator()
    desk.technical([TechnicalAlarm(low, "", True, 0)], 0.0)
    standing = desk.board.conditions[0].priority
    desk.pause_audio("nurse", 1.0)
    desk.technical([TechnicalAlarm(later, "", True, 0)], 2.0)
    (newest,) = [c for c in desk.board.conditions if c.key == later]
    is_broken = desk.board.audio.paused_until_s is None
    assert is_broken == (later != low and newest.priority > standing)
    assert newest.priority >= Priority.LOW
