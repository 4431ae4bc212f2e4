"""Agreement of two people who judged the same cases: share, and Cohen's kappa (Cohen 1960)."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

__all__ = ["Agreement", "agreement"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two raters agree.

    Attributes
    ----------
    n_cases
        Cases that both judged.
    n_equal
        Of these, the ones they judged alike.
    kappa
        Agreement beyond chance, 1 at best; None where chance alone would agree on everything
        (no case, or both gave one and the same judgement throughout).
    """

    n_cases: int
    n_equal: int
    kappa: float | None

    @property
    def share(self) -> float | None:
        """Share that they judged alike; None where there is no case."""
        return self.n_equal / self.n_cases if self.n_cases else None


def agreement(pairs: Iterable[tuple[Hashable, Hashable]]) -> Agreement:
    """Compare the judgements that two raters gave on each case; any number of categories.

    In contrast to :func:`core.evaluation.ira.kappa`, which follows NEDC in calling agreement that
    chance cannot fail to reach perfect, it is left open here: three alarms that both call seizures
    tell nothing about the raters.
    """
    pairs = list(pairs)
    n = len(pairs)
    n_equal = sum(first == second for first, second in pairs)
    firsts, seconds = (Counter(pair[rater] for pair in pairs) for rater in (0, 1))
    # in whole numbers, where "nothing is left to agree on" is exact
    chance = sum(count * seconds[judgement] for judgement, count in firsts.items())
    possible = n * n - chance
    return Agreement(n, n_equal, (n * n_equal - chance) / possible if possible else None)
