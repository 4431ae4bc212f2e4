"""Seizures of a reference lie apart and inside the recording."""

import pytest

from core.errors import VigilError
from core.evaluation import Annotations, Span, score_pair
from core.evaluation.reference import settle_reference


def annotated(*seizures: tuple[float, float]) -> Annotations:
    return Annotations(300.0, tuple(Span(*each) for each in seizures), "x_events.tsv")


@pytest.mark.parametrize(
    ("seizures", "settled", "n_joined", "n_clipped"),
    [
        ((), [], 0, 0),
        (((5, 9), (20, 30)), [(5, 9), (20, 30)], 0, 0),
        (((20, 30), (5, 9)), [(5, 9), (20, 30)], 0, 0),
        (((128.75, 148.75), (148.5, 164.5)), [(128.75, 164.5)], 1, 0),
        (((5, 9), (9, 12)), [(5, 12)], 1, 0),
        (((5, 9), (6, 7), (8, 10), (10, 10)), [(5, 10)], 3, 0),
        (((291.25, 300.25),), [(291.25, 300)], 0, 1),
        (((5, 310), (290, 301)), [(5, 300)], 1, 2),
    ],
)
def test_seizures_are_joined_and_cut(seizures, settled, n_joined, n_clipped):
    reference = settle_reference(annotated(*seizures))
    assert reference.annotations.seizures() == settled
    assert (reference.n_joined, reference.n_clipped) == (n_joined, n_clipped)


def test_settled_is_settled():
    once = settle_reference(annotated((5, 9), (8, 310)))
    again = settle_reference(once.annotations)
    assert again.annotations == once.annotations
    assert (again.n_joined, again.n_clipped) == (0, 0)


def test_background_rows_are_what_lies_between():
    rows = (Span(0, 10, "bckg"), Span(10, 20), Span(20, 300, "bckg"))
    reference = settle_reference(Annotations(300.0, rows))
    assert reference.annotations.spans == (Span(10, 20),)


def test_a_perfect_copy_scores_one_once_it_is_settled():
    raw = annotated((128.75, 148.75), (148.5, 164.5), (291.25, 300.25))
    settled = settle_reference(raw).annotations
    assert score_pair(raw, raw).counts["TAES"]["seiz"].fp > 0
    counts = score_pair(settled, settled).counts["TAES"]["seiz"]
    assert (counts.tp, counts.fn, counts.fp) == (2, 0, 0)


def test_a_seizure_behind_the_end_is_an_error_that_names_it():
    with pytest.raises(VigilError, match=r"x_events\.tsv: the seizure at 350 s begins behind the"):
        settle_reference(annotated((350, 360)))
