"""Traces move evenly, a fixed time behind the signal, whatever happens on the way."""

import time

import numpy as np
import pytest

from core.types import Chunk
from monitor.views.playout import DELAY_S, Playout
from monitor.views.signals import SignalPane

SFREQ = 256
BLOCK = 32
FRAME_S = 1 / 30


def block(k, n=BLOCK):
    data = np.arange(k * n, (k + 1) * n, dtype=np.float32)
    return Chunk(np.tile(data, (19, 1)), k * n, np.ones((19, n), bool))


def watch(arrivals, seconds, begin_s=1000.0):
    """Play blocks that come in at given times; return the newest shown sample of each frame."""
    playout, shown, newest = Playout(float(SFREQ)), [], 0
    arrivals = sorted(arrivals, key=lambda arrival: arrival[0])
    for frame in range(round(seconds / FRAME_S)):
        now_s = begin_s + frame * FRAME_S
        while arrivals and begin_s + arrivals[0][0] <= now_s:
            at_s, chunk = arrivals.pop(0)
            playout.add(chunk, begin_s + at_s)
        for chunk in playout.due(now_s):
            assert chunk.start_sample >= newest
            np.testing.assert_array_equal(
                chunk.data[0], np.arange(chunk.start_sample, chunk.stop_sample)
            )
            assert chunk.validity().shape == chunk.data.shape
            newest = chunk.stop_sample
        shown.append(newest)
    return np.array(shown)


def on_time(n, late_s=lambda _: 0.0, rate=1.0):
    return [((k + 1) * BLOCK / SFREQ / rate + late_s(k), block(k)) for k in range(n)]


def test_blocks_become_an_even_movement():
    rng = np.random.default_rng(0)
    shown = watch(on_time(160, lambda _: rng.uniform(0, 0.06)), 20)
    steps = np.diff(shown[60:590])
    print(f"{len(steps)} frames: {steps.min()} to {steps.max()} samples each, 8.53 on average")
    assert steps.min() >= 7
    assert steps.max() <= 9


def test_the_screen_stays_behind_by_a_fixed_time():
    shown = watch(on_time(800), 100)
    now = np.arange(len(shown)) * FRAME_S * SFREQ
    behind_s = (now - shown)[30:2990] / SFREQ
    np.testing.assert_allclose(behind_s, DELAY_S, atol=0.006)


@pytest.mark.parametrize("ppm", [-300, 300])
def test_a_clock_that_drifts_moves_nothing(ppm):
    shown = watch(on_time(2400, rate=1 + ppm * 1e-6), 300)
    now = np.arange(len(shown)) * FRAME_S * SFREQ * (1 + ppm * 1e-6)
    np.testing.assert_allclose(((now - shown) / SFREQ)[100:8900], DELAY_S, atol=0.008)


@pytest.mark.parametrize("stall_s", [0.4, 3.0, 30.0])
def test_behind_a_stall_the_screen_is_as_close_as_before(stall_s):
    """Nothing for a while, then all of it in one burst, as TCP delivers it."""
    begin, end = 10.0, 10.0 + stall_s
    arrivals = [(end if begin < at_s < end else at_s, chunk) for at_s, chunk in on_time(480)]
    shown = watch(arrivals, 60)
    now = np.arange(len(shown)) * FRAME_S * SFREQ
    after = round((end + 0.1) / FRAME_S)
    np.testing.assert_allclose(((now - shown) / SFREQ)[after:1790], DELAY_S, atol=0.008)


def test_a_replay_that_was_held_goes_on_evenly():
    arrivals = [(at_s + (20.0 if at_s > 10 else 0.0), chunk) for at_s, chunk in on_time(480)]
    shown = watch(arrivals, 75)
    first = round(31 / FRAME_S)
    steps = np.diff(shown[first : first + 900])
    assert (steps.min(), steps.max()) == (8, 9)


def test_a_fast_replay_is_never_held_up():
    arrivals = on_time(4000, rate=50)
    shown = watch(arrivals, 12)
    newest = np.array(
        [max([0, *(c.stop_sample for at, c in arrivals if at <= f * FRAME_S)])
         for f in range(0, len(shown), 10)]
    )  # fmt: skip
    assert (newest - shown[::10]).max() <= DELAY_S * SFREQ + 1
    assert shown[-1] == 4000 * BLOCK


def test_a_gap_in_the_samples_is_no_delay():
    arrivals = [(at, c) if k < 80 else (at, Chunk(c.data, c.start_sample + 2560))
                for k, (at, c) in enumerate(on_time(160))]  # fmt: skip
    playout = Playout(float(SFREQ))
    for at_s, chunk in arrivals:
        playout.due(at_s)
        playout.add(chunk, at_s)
    assert playout.due(arrivals[-1][0] + DELAY_S)[-1].stop_sample == 160 * BLOCK + 2560
    assert playout.is_empty


@pytest.fixture
def pane(qtbot):
    widget = SignalPane(0.86, 0.78)
    qtbot.addWidget(widget)
    widget.resize(900, 600)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget
    widget.close()


def test_on_the_screen_and_frozen(pane, qtbot):
    pane.pacer.switch(on=True)
    stops = []
    pane.trace.axis_moved.connect(lambda axis: stops.append(axis.stop))
    began = time.monotonic()
    for k in range(16):
        qtbot.wait(max(1, round(1000 * (began + (k + 1) / 8 - time.monotonic()))))
        pane.show_chunk(block(k))
    n_positions = len(set(stops))
    print(f"16 blocks in 2 s: {n_positions} positions of the traces")
    assert n_positions > 24
    qtbot.waitUntil(lambda: pane.trace.axis.stop == 16 * BLOCK, timeout=2000)
    pane.show_chunk(block(16))
    pane.controls.toggle_freeze()
    # what waited is in the history, and so is what comes from now on
    assert pane.trace.history_span[1] in (16 * BLOCK, 17 * BLOCK)
    pane.show_chunk(block(17))
    pane.trace.advance()
    assert pane.trace.history_span[1] == 18 * BLOCK
    assert pane.trace.axis.stop <= 16 * BLOCK
    pane.controls.toggle_freeze()
    assert pane.trace.axis.stop == 18 * BLOCK


def test_switched_off_nothing_is_held_back(pane):
    pane.pacer.switch(on=True)
    pane.show_chunk(block(0))
    pane.pacer.switch(on=False)
    pane.show_chunk(block(1))
    pane.trace.advance()
    assert pane.trace.axis.stop == 2 * BLOCK
