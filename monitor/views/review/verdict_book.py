"""All verdicts of a session, and what of them a reviewer may see."""

from collections.abc import Sequence

from monitor.archive.history import Verdict
from monitor.views import texts
from monitor.views.review.cases import agreements, next_missed

__all__ = ["VerdictBook"]


class VerdictBook:
    """Verdicts in the order they were given; none is ever taken out.

    Parameters
    ----------
    verdicts
        Those given before.
    """

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._verdicts = list(verdicts)

    @property
    def next_missed(self) -> str:
        """What a further missed seizure is called, whoever marks it."""
        return next_missed(self._verdicts)

    def add(self, verdict: Verdict) -> None:
        """Take one that was logged."""
        self._verdicts.append(verdict)

    def visible(self, reviewer: str, *, blind: bool) -> list[Verdict]:
        """Return the verdicts that may be seen: all, or one's own only."""
        return [v for v in self._verdicts if not blind or v.reviewer == reviewer]

    def newest(self, reviewer: str, *, blind: bool) -> tuple[Verdict, ...]:
        """Return of these the newest one of each reviewer on each case."""
        visible = self.visible(reviewer, blind=blind)
        return tuple({(v.subject, v.reviewer): v for v in visible}.values())

    def comparison(self, reviewer: str, *, blind: bool) -> str:
        """Return in words how far others agree, or that they are hidden; empty: there are none."""
        others = {verdict.reviewer for verdict in self._verdicts} - {reviewer}
        if blind:
            return texts.hidden_others(len(others)) if others else ""
        found = agreements(self._verdicts, reviewer).items()
        return " \u00b7 ".join(texts.agreement_text(*pair) for pair in found)
