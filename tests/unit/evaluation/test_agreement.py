import pytest

from core.evaluation.agreement import agreement
from core.evaluation.seizure_types import SEIZURE_TYPES


def test_kappa_of_the_textbook():
    """Two readers of 50 proposals, 20 both yes, 15 both no, 5 and 10 apart: kappa 0.4."""
    pairs = [("yes", "yes")] * 20 + [("no", "no")] * 15 + [("yes", "no")] * 5
    pairs += [("no", "yes")] * 10
    found = agreement(pairs)
    assert (found.n_cases, found.n_equal) == (50, 35)
    assert found.share == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_of_three_categories():
    """By hand: observed 4/6; chance (2*2 + 3*2 + 1*2) / 36 = 1/3; kappa 1/2."""
    pairs = [("s", "s"), ("s", "u"), ("n", "n"), ("n", "n"), ("n", "s"), ("u", "u")]
    assert agreement(pairs).kappa == pytest.approx(0.5)


def test_opposite_readers_are_below_chance():
    assert agreement([("s", "n"), ("n", "s")]).kappa == pytest.approx(-1.0)


@pytest.mark.parametrize("pairs", [[], [("s", "s")], [("s", "s")] * 5])
def test_what_chance_cannot_miss_tells_nothing(pairs):
    found = agreement(pairs)
    assert found.kappa is None
    assert found.share == (1.0 if pairs else None)


def test_seizure_types_are_those_of_hed_score_in_bids():
    """Spot checks of the codes of ``epilepsy2bids``, whose table has 61 kinds of seizures."""
    assert {"sz", "sz_foc_ia", "sz_foc_a", "sz_foc_f2b", "sz_gen_m", "sz_gen_nm", "sz_uo",
            "sz_foc_ua_nm_behavior", "sz_gen_nm_eyelidMyio"} <= SEIZURE_TYPES.keys()  # fmt: skip
    assert all(code == "sz" or code.startswith("sz_") for code in SEIZURE_TYPES)
    assert len(set(SEIZURE_TYPES.values())) == len(SEIZURE_TYPES), "each has words of its own"
    assert next(iter(SEIZURE_TYPES)) == "sz"
