"""The contract of :mod:`core.stream`, checked over every operator."""

import dataclasses
import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from operators import CASES, Case, canonical, cut, empty_of, n_positions, run, state_nbytes

EXAMPLES = {"Detector": 8}

every_operator = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
quick = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@functools.cache
def _stream(name: str):
    case = next(case for case in CASES if case.name == name)
    items = case.stream(case.seconds)
    return items, canonical(run(case.make(), items))


def _cuts(n: int) -> st.SearchStrategy[list[int]]:
    anywhere = st.lists(st.integers(0, max(n - 1, 0)), max_size=12)
    # sample by sample, and packets as an amplifier sends them
    singly = st.integers(0, max(n - 40, 0)).map(lambda a: list(range(a, min(a + 40, n))))
    packets = st.integers(max(7, n // 60), max(8, n // 4)).map(lambda size: list(range(0, n, size)))
    doubled = anywhere.map(lambda positions: positions * 2)
    return st.one_of(anywhere, singly, packets, doubled).map(sorted)


@every_operator
def test_any_split_gives_bitwise_the_same_output(case: Case):
    items, expected = _stream(case.name)

    @settings(quick, max_examples=EXAMPLES.get(case.name, 30))
    @given(positions=_cuts(n_positions(items)))
    def check(positions):
        assert canonical(run(case.make(), cut(items, positions))) == expected

    assert expected
    check()


@pytest.mark.parametrize(
    # windows of probabilities are whole
    "case",
    [case for case in CASES if case.name not in ("Stitcher", "Decoder")],
    ids=lambda case: case.name,
)
def test_an_empty_piece_is_a_no_op(case: Case):
    items, expected = _stream(case.name)
    empty = empty_of(items)
    operator = case.make()
    assert operator.push(empty) == []
    out = []
    for piece in cut(items, [n_positions(items) // 2]):
        out += operator.push(piece)
        assert operator.push(empty) == []
    out += operator.flush()
    assert canonical(out) == expected


@every_operator
def test_reset_equals_new(case: Case):
    items, expected = _stream(case.name)
    operator = case.make()
    for piece in cut(items, [n_positions(items) // 3]):
        operator.push(piece)
        break
    operator.reset()
    assert operator.flush() == []
    assert canonical(run(operator, items)) == expected


@every_operator
def test_second_flush_is_empty_and_a_new_segment_can_begin(case: Case):
    items, expected = _stream(case.name)
    operator = case.make()
    assert operator.flush() == []
    run(operator, items)
    assert operator.flush() == []
    again = canonical(run(operator, items))
    assert len(again) == len(expected)
    if case.keeps:
        assert again != expected, f"{case.keeps} should live on across segments"
    else:
        assert again == expected


@every_operator
def test_inputs_are_never_written_to(case: Case):
    # the arrays are read-only: writing would raise; a view that is made writeable would show here
    items, _ = _stream(case.name)
    arrays = [
        array
        for item in items
        for array in (
            item,
            getattr(item, "data", None),
            getattr(item, "valid", None),
            getattr(item, "values", None),
        )
        if isinstance(array, np.ndarray)
    ]
    before = [array.tobytes() for array in arrays]
    assert arrays
    assert not any(array.flags.writeable for array in arrays)
    run(case.make(), items)
    assert [array.tobytes() for array in arrays] == before
    assert not any(array.flags.writeable for array in arrays)


@every_operator
def test_memory_is_bounded(case: Case):
    items = case.stream(case.long_seconds)
    n = n_positions(items)
    size = 128
    operator = case.make()
    largest = 0
    for i, piece in enumerate(cut(items, list(range(size, n, size)))):
        operator.push(_owned(piece))
        if i % 7 == 0:
            largest = max(largest, state_nbytes(operator))
    assert 0 < largest <= case.bound
    operator.flush()
    assert state_nbytes(operator) <= case.bound


def _owned(piece):
    """Give a piece arrays of its own, so that holding on to it is seen."""
    if isinstance(piece, np.ndarray):
        return piece.copy()
    if hasattr(piece, "data"):
        return dataclasses.replace(piece, data=piece.data.copy(), valid=piece.valid.copy())
    return piece


@every_operator
def test_one_huge_chunk_is_not_held_on_to(case: Case):
    items = case.stream(case.long_seconds)
    operator = case.make()
    for item in items:
        operator.push(_owned(item))
    assert state_nbytes(operator) <= case.bound
