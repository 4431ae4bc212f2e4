"""The queue before the recording's thread: what is left out when it is full."""

import numpy as np

from core.types import Chunk
from monitor.archive.recording_queue import EegRemark, RecordingQueue, Unrecorded


def test_a_queue_that_is_full_leaves_out_until_it_is_half_empty():
    queue = RecordingQueue(100)
    for k in range(15):
        queue.put(Chunk(np.zeros((1, 10), "f4"), 10 * k))
        queue.put(EegRemark(float(k), "said", None))
    assert queue.has_overflowed
    got = [queue.get() for _ in range(25)]
    assert [item.start_sample for item in got if isinstance(item, Chunk)] == list(range(0, 100, 10))
    queue.put(Chunk(np.zeros((1, 10), "f4"), 150))
    assert not queue.has_overflowed
    assert queue.get() == Unrecorded(100, 150)
    assert queue.get().start_sample == 150
    queue.end()
    assert queue.get() is None
    queue.wait_until_done(lambda: True)


def test_what_was_left_out_last_is_told_at_the_end():
    queue = RecordingQueue(10)
    for k in range(3):
        queue.put(Chunk(np.zeros((1, 10), "f4"), 10 * k))
    queue.end()
    assert queue.get().start_sample == 0
    assert queue.get() == Unrecorded(10, 30)
    assert queue.get() is None
