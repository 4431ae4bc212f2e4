"""The queue between acquisition and inference."""

import threading
import time

import numpy as np

from core.types import Gap, Probabilities, Window
from monitor.due import DueWindows

TIMEOUT_S = 10


def window(k):
    return Window(np.zeros((1, 1), np.float32), 2560 * k, 15360 - k)


def run(target):
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def ended(thread):
    thread.join(TIMEOUT_S)
    return not thread.is_alive()


def test_order_and_end():
    due = DueWindows(5)
    items = [window(0), Gap(1, 2), window(1)]
    for item in items:
        due.put(item, wait=True)
    assert due.n_windows == 2
    due.close()
    assert [due.get(), due.get(), due.get()] == items
    assert due.get() is None
    assert due.n_windows == 0


def test_a_source_that_can_wait_is_held_up():
    due = DueWindows(2)
    due.put(window(0), wait=True)
    due.put(window(1), wait=True)
    thread = run(lambda: due.put(window(2), wait=True))
    time.sleep(0.05)
    assert thread.is_alive()
    assert due.n_windows == 2
    assert due.get().start_sample == 0
    assert ended(thread)
    assert [due.get().start_sample, due.get().start_sample] == [2560, 5120]


def test_a_gap_is_never_held_up():
    due = DueWindows(1)
    due.put(window(0), wait=True)
    thread = run(lambda: due.put(Gap(1, 2), wait=True))
    assert ended(thread)


def test_a_live_source_gives_up_the_oldest_and_keeps_its_place():
    due = DueWindows(2)
    due.put(window(0), wait=False)
    due.put(Gap(1, 2), wait=False)
    assert not due.is_full
    due.put(window(1), wait=False)
    assert due.is_full
    due.put(window(2), wait=False)
    due.put(window(3), wait=False)
    assert due.n_windows == 2
    due.close()
    got = [due.get() for _ in range(5)]
    assert [type(item) for item in got] == [Probabilities, Gap, Probabilities, Window, Window]
    assert got[0].values is None
    assert (got[0].start_sample, got[0].n_valid) == (0, 15360)
    assert (got[2].start_sample, got[2].n_valid) == (2560, 15359)
    assert [got[3].start_sample, got[4].start_sample] == [5120, 7680]


def test_cancel_frees_both_sides():
    due = DueWindows(1)
    due.put(window(0), wait=True)
    putting = run(lambda: due.put(window(1), wait=True))
    due.cancel()
    assert ended(putting)
    assert due.get() is None

    empty = DueWindows(1)
    got = []
    getting = run(lambda: got.append(empty.get()))
    empty.cancel()
    assert ended(getting)
    assert got == [None]
