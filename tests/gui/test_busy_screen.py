"""A screen that hangs, or has thousands of rows to show, holds nothing up."""

import threading
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from core.types import Chunk, StreamInfo
from monitor.alarm import Alarm, AlarmState, AlarmStep, Transition
from monitor.annunciator import Annunciator
from monitor.orders import Note
from monitor.views.bridge import MAX_CHUNKS, PipelineBridge
from monitor.views.listener import BridgeListener
from monitor.worker import Pipeline
from tests.monitor_fakes import AmplitudeScorer, Notes

SFREQ = 256


class Amplifier:
    """Gives 32 samples every 125 ms, and notes when each was taken from it."""

    can_wait, keeps_time = False, True

    def __init__(self) -> None:
        self.info = StreamInfo(ELECTRODES, float(SFREQ), name="amplifier")
        self.stopped = threading.Event()
        self.taken_late_s: list[float] = []

    def chunks(self):
        rng = np.random.default_rng(0)
        began = time.monotonic()
        k = 0
        while not self.stopped.is_set():
            due = began + k * 0.125
            time.sleep(max(0.0, due - time.monotonic()))
            self.taken_late_s.append(time.monotonic() - due)
            data = rng.normal(0, 20, (19, 32)).astype(np.float32)
            yield Chunk(data, 32 * k)
            k += 1

    def stop(self) -> None:
        self.stopped.set()

    def close(self) -> None:
        pass


@pytest.mark.parametrize("how", ["asleep", "busy"])
def test_a_screen_that_hangs_for_five_seconds_delays_no_sample(window, qtbot, how):
    source = Amplifier()
    bridge = PipelineBridge()
    bridge.connect_to(window)
    pipeline = Pipeline(source, Config(), AmplitudeScorer(), Notes(), BridgeListener(bridge))
    pipeline.start()
    qtbot.waitUntil(lambda: window.newest_sample > 0, timeout=10_000)
    before = window.newest_sample
    stall_until = time.monotonic() + 5.0
    while time.monotonic() < stall_until:
        if how == "asleep":
            time.sleep(5.0)
        else:
            sum(i * i for i in range(2000))
    n_waiting = len(bridge._waiting)
    assert window.newest_sample == before  # the screen did hang
    qtbot.waitUntil(lambda: window.newest_sample >= before + 5 * SFREQ, timeout=5000)
    source.stop()
    assert pipeline.join(20)
    late_s = np.array(source.taken_late_s)
    print(f"{how}: {len(late_s)} chunks, at most {late_s.max() * 1000:.0f} ms late")
    assert late_s.max() < 1.0
    assert 30 <= n_waiting <= MAX_CHUNKS
    assert window.newest_sample >= 32 * (len(late_s) - 8)


def test_ten_thousand_alarms_and_notes_stay_quick(window, qtbot):
    """Measured in time of this thread, so that what else the computer does hardly counts."""
    n = 10_000
    alarms = tuple(
        Alarm(k, 7680 * k, 7680 * k + 2560, 0.9, AlarmState.ENDED, 7680 * k + 2560, True)
        for k in range(1, n + 1)
    )
    noted = datetime(2026, 11, 21, tzinfo=UTC)
    window.show_alarms(alarms)
    desk = Annunciator()
    for alarm in alarms:
        desk.seizure(AlarmStep(Transition.RAISED, alarm, alarm.raised_sample), 0.0)
    window.show_board(desk.board)
    panel = window.alarm_panel
    for k in range(n):
        panel.show_note(Note(7680 * k, f"note {k}", noted + timedelta(seconds=k), "nurse"))

    def median_s(act, times=9):
        spent = []
        for _ in range(times):
            began = time.thread_time()
            act()
            spent.append(time.thread_time() - began)
        return sorted(spent)[times // 2]

    newest = Alarm(n + 1, 7680 * n, 7680 * n + 2560, 0.9, AlarmState.RAISED, 0)
    spent = {
        "repaint": median_s(panel.grab),
        "scroll": median_s(lambda: (panel.alarm_list.scrollToBottom(), panel.grab())),
        "one more alarm": median_s(lambda: panel.show_alarms((*alarms, newest))),
        "board": median_s(lambda: panel.show_board(desk.board)),
        "second": median_s(panel._refresh_banners),
    }
    print({name: f"{1000 * value:.1f} ms" for name, value in spent.items()})
    assert panel.note_table.rowCount() == n
    assert spent["repaint"] < 0.05
    assert spent["scroll"] < 0.05
    assert max(spent.values()) < 0.15
