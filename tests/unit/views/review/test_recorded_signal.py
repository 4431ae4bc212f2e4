from dataclasses import dataclass

import numpy as np
import pytest

from core.types import Chunk, FloatArray
from monitor.views.review.edges import Edge, Edges
from monitor.views.review.recorded import (
    BLOCK_SAMPLES,
    KEPT_BLOCKS,
    RecordedProbabilities,
    RecordedSignal,
)

B = BLOCK_SAMPLES


@dataclass
class Stretch:
    signal: Chunk
    probability: FloatArray
    problem: str = ""


def stretch(first, stop, problem=""):
    """Each sample is its own index."""
    ramp = np.arange(first, stop, dtype=np.float32)
    return Stretch(Chunk(np.tile(ramp, (19, 1)), first), ramp / 1e6, problem)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def recorded(asked):
    return RecordedSignal(10 * B + 100, asked.append)


def test_what_is_not_at_hand_is_asked_for_once_the_page_first(recorded, asked):
    page = recorded.read(5 * B + 10, 6 * B + 20)
    assert np.isnan(page.data).all()
    assert asked == [[(5 * B, 7 * B), (7 * B, 10 * B), (2 * B, 5 * B)]]
    recorded.read(5 * B + 10, 6 * B + 20)
    assert len(asked) == 1


def test_what_came_is_shown_and_not_asked_for_again(recorded, asked):
    recorded.read(5 * B + 10, 6 * B + 20)
    assert recorded.take(stretch(5 * B, 7 * B))
    assert not recorded.take(stretch(7 * B, 10 * B))
    page = recorded.read(5 * B + 10, 6 * B + 20)
    np.testing.assert_array_equal(page.data[7], np.arange(5 * B + 10, 6 * B + 20))
    probability = recorded.probability(6 * B, 6 * B + 3)
    np.testing.assert_allclose(probability, (6 * B + np.arange(3)) / 1e6, rtol=1e-5)
    assert len(asked) == 1
    assert not recorded.missing(5 * B, 7 * B)
    assert recorded.missing(5 * B - 1, 7 * B)


def test_the_ends_of_the_session(recorded, asked):
    recorded.read(-500, 300)
    assert asked[-1] == [(0, B), (B, 4 * B)]
    recorded.take(stretch(0, B))
    page = recorded.read(-500, 300)
    assert np.isnan(page.data[:, :500]).all()
    np.testing.assert_array_equal(page.data[0, 500:], np.arange(300))
    recorded.read(10 * B, 10 * B + 900)
    assert asked[-1][0] == (10 * B, 10 * B + 100)
    recorded.take(stretch(10 * B, 10 * B + 100))
    assert np.isfinite(recorded.read(10 * B, 10 * B + 900).data).sum() == 19 * 100


def test_a_problem_is_told_only_where_something_is_missing(recorded):
    broken = stretch(0, 2 * B, "eeg_part2.edf: no such file")
    broken.signal.data[:, B + 5 :] = np.nan
    recorded.take(broken)
    assert recorded.problem(0, B) == ""
    assert recorded.problem(0, B + 1) == "eeg_part2.edf: no such file"


def test_memory_is_bounded():
    recorded = RecordedSignal(1000 * B, lambda _: None)
    for k in range(KEPT_BLOCKS + 20):
        recorded.take(stretch(k * B, (k + 1) * B))
    assert recorded.missing(0, B)
    assert not recorded.missing((KEPT_BLOCKS + 19) * B, (KEPT_BLOCKS + 20) * B)
    assert recorded.nbytes < 60e6


def test_a_page_that_begins_inside_of_an_event_knows_it():
    recorded = RecordedSignal(4 * B, lambda _: None)
    ramp = stretch(0, 4 * B)
    ramp.probability[:] = 0.80
    ramp.probability[B] = 0.90
    recorded.take(ramp)
    probabilities = RecordedProbabilities(recorded, 0.86, 0.78)
    values, inside, final = probabilities.read(2 * B, 2 * B + 10)
    assert inside.all()
    assert final.all()
    np.testing.assert_allclose(values, 0.80)
    assert not probabilities.read(B - 10, B)[1].any()


def test_edges_keep_their_order_and_their_session():
    edges = Edges(1000, 3000)
    assert edges.moved(Edge.ONSET, 2990, 9000) == Edges(2744, 3000)
    assert edges.moved(Edge.ONSET, -5, 9000) == Edges(0, 3000)
    assert edges.moved(Edge.OFFSET, 10, 9000) == Edges(1000, 1256)
    assert edges.moved(Edge.OFFSET, 99999, 9000) == Edges(1000, 9000)


def test_a_stretch_can_be_dragged_either_way():
    assert Edges.between(500, 3000, 9000) == Edges.between(3000, 500, 9000) == Edges(500, 3000)
    assert Edges.between(500, 510, 9000) == Edges(500, 756)
    assert Edges.between(8990, 9000, 9000) == Edges(8744, 9000)
