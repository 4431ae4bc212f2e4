import numpy as np
import pytest

from core.errors import SignalError
from core.gaps import GapBridge
from core.types import Chunk, Gap


def _chunk(start, n=10, level=0.0):
    data = np.full((2, n), level, dtype=np.float32)
    data[1] *= -1
    return Chunk(data, start)


@pytest.mark.parametrize(("sfreq", "missing"), [(256.0, 1), (256.0, 128), (500.0, 250), (200.0, 9)])
def test_up_to_half_a_second_is_bridged_by_a_line(sfreq, missing):
    bridge = GapBridge(sfreq, 0.5)
    bridge.push(_chunk(0, 10, 10.0))
    after = _chunk(10 + missing, 10, 50.0)
    filled, passed_on = bridge.push(after)
    assert passed_on is after
    assert (filled.start_sample, filled.stop_sample) == (10, 10 + missing)
    assert not filled.validity().any()
    line = np.linspace(10, 50, missing + 2)[1:-1]
    np.testing.assert_allclose(filled.data, [line, -line], rtol=1e-6)


@pytest.mark.parametrize(("sfreq", "missing"), [(256.0, 129), (500.0, 251), (200.0, 10_000)])
def test_a_longer_one_is_a_gap(sfreq, missing):
    bridge = GapBridge(sfreq, 0.5)
    bridge.push(_chunk(100))
    after = _chunk(110 + missing)
    assert bridge.push(after) == [Gap(110, 110 + missing), after]


def test_adjacent_chunks_pass_as_they_are():
    bridge = GapBridge(256.0, 0.5)
    first, second = _chunk(5), _chunk(15)
    assert bridge.push(first) == [first]
    assert bridge.push(second) == [second]


def test_an_empty_chunk_moves_nothing():
    bridge = GapBridge(256.0, 0.5)
    bridge.push(_chunk(0))
    assert bridge.push(_chunk(500, 0)) == []
    after = _chunk(10)
    assert bridge.push(after) == [after]


def test_back_in_time_is_an_error_that_says_where():
    bridge = GapBridge(256.0, 0.5)
    bridge.push(_chunk(0, 512))
    with pytest.raises(SignalError, match=r"back in time by 0\.500 s at 2\.000 s"):
        bridge.push(_chunk(384))


def test_behind_a_flush_any_index_may_come():
    bridge = GapBridge(256.0, 0.5)
    bridge.push(_chunk(1000))
    bridge.flush()
    early = _chunk(0)
    assert bridge.push(early) == [early]
