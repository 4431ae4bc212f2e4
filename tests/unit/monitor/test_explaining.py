"""The explainer: which window, how long, what it refuses, and that nobody waits for it."""

import threading
import time

import numpy as np
import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from core.types import Window
from monitor.alarm import Alarm, AlarmState
from monitor.attributions import AlarmAttribution, can_be_explained, is_explained
from monitor.explaining import KEPT_WINDOWS, MOST_WAITING, Explainer
from tests.attribution_fakes import LOUD, Levels

SFREQ = 256
STRIDE, LENGTH = 10 * SFREQ, 60 * SFREQ


def window_at(k, level=1.0, n_valid=LENGTH):
    data = np.zeros((19, LENGTH), np.float32)
    wave = np.sin(2 * np.pi * 5 * np.arange(n_valid) / SFREQ) + 1
    data[:, :n_valid] = level * wave.astype(np.float32)
    return Window(data, k * STRIDE, n_valid)


def alarm_at(onset_s, raised_s, alarm_id=1, length_s=8):
    onset = round(onset_s * SFREQ)
    return Alarm(
        alarm_id, onset, onset + length_s * SFREQ, 0.9, AlarmState.RAISED, round(raised_s * SFREQ)
    )


class Told(list):
    def __call__(self, attribution):
        self.append(attribution)

    def wait(self, n):
        deadline = time.monotonic() + 20
        while len(self) < n:
            assert time.monotonic() < deadline, f"{len(self)} of {n} came"
            time.sleep(0.005)
        return self


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def start(told):
    """Start an explainer; it is closed at the end."""
    made = []

    def go(network=None, budget_s=5.0, load=None):
        network = network or Levels()
        explainer = Explainer(load or (lambda: network), budget_s)
        explainer.start(told)
        made.append(explainer)
        return explainer

    yield go
    for explainer in made:
        explainer.close()


def test_an_alarm_is_explained_on_the_sessions_clock(start, told):
    network = Levels()
    explainer = start(network)
    for k in range(3):
        explainer.keep(window_at(k))
    assert explainer.explain(alarm_at(70, 80, length_s=10)) is None
    (found,) = told.wait(1)
    assert found.channels == LOUD
    assert found.region.startswith("left")
    assert found.frequency_hz == 5.0
    assert found.words == f"T3 F7 \u00b7 {found.region} \u00b7 5.0 Hz"
    assert found.target == (70 * SFREQ, 80 * SFREQ)
    assert found.first_sample == 64 * SFREQ
    assert len(found.channel_scores) == 19
    assert found.shares[ELECTRODES.index("T3")] == 1.0
    assert found.shares[ELECTRODES.index("F7")] == pytest.approx(0.75, rel=1e-4)
    assert found.logit == pytest.approx(3.5, rel=1e-3)
    assert (found.fault, found.complete) == ("", True)
    assert network.threads == {"vigil-explainer"}
    deadline = time.monotonic() + 5
    while explainer.is_worth_waiting():
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("onset_s", "raised_s", "level"),
    [
        pytest.param(70, 80, 3, id="of three that hold it"),
        pytest.param(69, 70.5, 2, id="of those scored by then"),
        pytest.param(59, 90, 4, id="of all"),
        pytest.param(15, 90, 2, id="of two that hold it"),
        pytest.param(5, 90, 1, id="the only one"),
        pytest.param(75, 74, None, id="scored later"),
        pytest.param(95, 90, None, id="not there yet"),
    ],
)
def test_the_window_is_the_latest_that_was_scored_and_holds_the_onset(
    start, told, onset_s, raised_s, level
):
    explainer = start()
    for k in range(4):
        explainer.keep(window_at(k, level=k + 1.0))
    refused = explainer.explain(alarm_at(onset_s, raised_s))
    if level is None:
        assert "no window that held its onset" in refused.fault
        return
    (found,) = told.wait(1)
    assert found.logit == pytest.approx(3.5 * level, rel=0.02)


def test_padding_is_not_explained(start, told):
    explainer = start()
    explainer.keep(window_at(0, n_valid=50 * SFREQ))
    assert explainer.explain(alarm_at(55, 50)).fault
    explainer.explain(alarm_at(44, 50, length_s=20))
    (found,) = told.wait(1)
    assert found.target == (44 * SFREQ, 50 * SFREQ)


def test_windows_are_forgotten(start):
    explainer = start()
    for k in range(KEPT_WINDOWS + 1):
        explainer.keep(window_at(k))
    assert explainer.explain(alarm_at(5, 100)).fault
    assert explainer.explain(alarm_at(15, 100)) is None


def test_a_full_queue_refuses_at_once(start, told):
    gate = threading.Event()
    network = Levels(gate)
    explainer = start(network, budget_s=60)
    explainer.keep(window_at(0))
    assert explainer.explain(alarm_at(40, 60)) is None
    assert network.reached.wait(20)
    for k in range(MOST_WAITING):
        assert explainer.explain(alarm_at(40, 60, alarm_id=2 + k)) is None
    began = time.monotonic()
    refused = explainer.explain(alarm_at(40, 60, alarm_id=99))
    assert time.monotonic() - began < 1
    assert refused == AlarmAttribution(99, fault="too many alarms at a time")
    assert refused.words == "not explained"
    gate.set()
    assert [a.alarm_id for a in told.wait(1 + MOST_WAITING)] == list(range(1, 2 + MOST_WAITING))


def test_a_network_that_fails_is_a_reason_and_no_more(start, told):
    explainer = start(Levels(error=RuntimeError("out of\nmemory")))
    explainer.keep(window_at(0))
    for alarm_id in (1, 2):
        explainer.explain(alarm_at(40, 60, alarm_id))
    assert [(a.alarm_id, a.fault) for a in told.wait(2)] == [
        (1, "out of memory"), (2, "out of memory"),
    ]  # fmt: skip


def test_a_network_that_cannot_be_loaded_is_tried_once(start, told):
    tries = []

    def load():
        tries.append(threading.current_thread().name)
        raise OSError("w.safetensors: gone")

    explainer = start(load=load)
    explainer.keep(window_at(0))
    for alarm_id in (1, 2):
        explainer.explain(alarm_at(40, 60, alarm_id))
    assert {a.fault for a in told.wait(2)} == {"w.safetensors: gone"}
    assert tries == ["vigil-explainer"]


def test_nothing_is_loaded_before_the_first_alarm(start):
    loaded = threading.Event()
    explainer = start(load=loaded.set)
    explainer.keep(window_at(0))
    time.sleep(0.05)
    assert not loaded.is_set()
    assert not explainer.is_worth_waiting()


def test_beyond_its_budget_nobody_waits(start, told):
    gate = threading.Event()
    network = Levels(gate)
    explainer = start(network, budget_s=0.2)
    explainer.keep(window_at(0))
    explainer.explain(alarm_at(40, 60))
    explainer.explain(alarm_at(41, 60, alarm_id=2))
    assert network.reached.wait(20)
    time.sleep(0.3)
    assert explainer.is_worth_waiting()  # the stream ends only now
    time.sleep(0.1)
    assert explainer.is_worth_waiting()
    time.sleep(1.3)
    assert not explainer.is_worth_waiting()
    threading.Timer(0.1, gate.set).start()
    undone = explainer.close()
    assert [(a.alarm_id, a.fault) for a in undone] == [
        (1, "the session ended"), (2, "the session ended"),
    ]  # fmt: skip
    # given up before its next step
    assert network.calls == 1
    assert told == []
    assert explainer.close() == []
    assert explainer.explain(alarm_at(40, 60, 3)).fault == "the session ended"


def test_who_hurries_waits_for_one_alarm_only(start, told):
    gate = threading.Event()
    network = Levels(gate)
    explainer = start(network, budget_s=60)
    explainer.keep(window_at(0))
    for alarm_id in (1, 2, 3):
        explainer.explain(alarm_at(40, 60, alarm_id))
    assert network.reached.wait(20)
    explainer.hurry()
    gate.set()
    faults = [a.fault for a in told.wait(3)]
    assert faults == ["", "the session ended", "the session ended"]


def test_what_is_explained():
    assert is_explained(Config())
    assert not is_explained(Config.model_validate({"inference": {"attribution_budget_s": 0}}))
    baseline = Config.model_validate({"model": {"preset": "line-length"}})
    assert not can_be_explained(baseline)
    assert not is_explained(baseline)


def test_an_electrode_that_was_not_tried_is_said():
    found = AlarmAttribution(1, ("Fp1",), "left frontal", 2.0, (*[None] * 18, 1.0), method="m")
    assert found.words == "Fp1 \u00b7 left frontal \u00b7 2.0 Hz \u00b7 incomplete"
