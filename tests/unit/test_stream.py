import numpy as np
import pytest

from core.stream import Chain, concatenate, split
from core.types import Chunk, Gap


class HoldBack:
    """Keep the last item back until the next one or the flush."""

    def __init__(self, name, log):
        self.name, self.log, self.held = name, log, []

    def push(self, item):
        out, self.held = self.held, [item]
        return out

    def flush(self):
        self.log.append(self.name)
        out, self.held = self.held, []
        return out

    def reset(self):
        self.held = []


def _chunk(n=10, start=0, valid=None):
    return Chunk(np.arange(2 * n, dtype=np.float32).reshape(2, n), start, valid)


def test_each_tail_is_flushed_through_the_next_stage():
    log = []
    chain = Chain([HoldBack("a", log), HoldBack("b", log), HoldBack("c", log)])
    out = [out for item in range(5) for out in chain.push(item)]
    assert out == [0, 1]
    assert chain.flush() == [2, 3, 4]
    assert log == ["a", "b", "c"]
    assert chain.flush() == []


def test_a_gap_ends_the_segment_in_every_stage():
    log = []
    chain = Chain([HoldBack("a", log), HoldBack("b", log)])
    gap = Gap(2, 9)
    assert chain.push(0) + chain.push(1) == []
    assert chain.push(gap) == [0, 1, gap]
    assert chain.push(2) == []
    assert log == ["a", "b"]


def test_reset_reaches_every_stage():
    chain = Chain([HoldBack("a", []), HoldBack("b", [])])
    chain.push(0)
    chain.push(1)
    chain.reset()
    assert chain.flush() == []


def test_split_keeps_every_sample_in_order():
    valid = np.arange(20).reshape(2, 10) % 2 == 0
    chunks = [_chunk(10, 5, valid), _chunk(1000, 15)]
    pieces = list(split(chunks, seed=3, max_samples=20))
    assert {p.n_samples for p in pieces} > {0, 1, 20}
    joined = concatenate(pieces)
    assert joined.start_sample == 5
    np.testing.assert_array_equal(joined.data[:, :10], chunks[0].data)
    np.testing.assert_array_equal(joined.data[:, 10:], chunks[1].data)
    np.testing.assert_array_equal(joined.validity()[:, :10], valid)
    assert joined.validity()[:, 10:].all()
    again = list(split(chunks, seed=3, max_samples=20))
    assert [p.n_samples for p in again] == [p.n_samples for p in pieces]
    other = list(split(chunks, seed=4, max_samples=20))
    assert [p.n_samples for p in other] != [p.n_samples for p in pieces]


def test_concatenate_refuses_what_does_not_follow():
    with pytest.raises(ValueError, match="chunk at 12 does not follow 10"):
        concatenate([_chunk(10), _chunk(10, 12)])
    with pytest.raises(ValueError, match="no chunk"):
        concatenate([])
    assert concatenate([_chunk(10), _chunk(10, 10)]).valid is None
