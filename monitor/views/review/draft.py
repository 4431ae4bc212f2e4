"""A verdict that is being formed."""

from dataclasses import dataclass

from monitor.archive.history import Finding, Verdict
from monitor.views.review.cases import Case
from monitor.views.review.edges import Edges

__all__ = ["Draft"]

SFREQ = 256.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form.

    Attributes
    ----------
    finding
        None: no verdict has been given.
    seizure_type
        Counts only where it is a seizure.
    edges
        Where the reviewer puts the event.
    comment
        Free text.
    """

    finding: Finding | None
    seizure_type: str
    edges: Edges
    comment: str

    @classmethod
    def of(cls, case: Case, reviewer: str) -> "Draft":
        """Return what the form begins with: one's own newest verdict, else the alarm itself."""
        own = case.by(reviewer)
        if own is None:
            return cls(None, "sz", _edges(case.onset_s, case.offset_s), "")
        return cls(
            own.finding, own.seizure_type or "sz", _edges(own.onset_s, own.offset_s), own.comment
        )

    def verdict(self, subject: str, finding: Finding, reviewer: str) -> Verdict:
        """Return the verdict that this comes to."""
        return Verdict(
            subject,
            finding,
            self.seizure_type if finding is Finding.SEIZURE else "",
            self.edges.onset / SFREQ,
            self.edges.offset / SFREQ,
            self.comment.strip(),
            reviewer,
        )


def _edges(onset_s: float, offset_s: float) -> Edges:
    onset = round(onset_s * SFREQ)
    return Edges(onset, max(round(offset_s * SFREQ), onset + 1))
