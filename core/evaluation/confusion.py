"""Pairs of labels, reference against hypothesis."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Confusion"]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each pair of labels was seen; the reference's label comes first."""

    seiz_seiz: int
    seiz_bckg: int
    bckg_seiz: int
    bckg_bckg: int

    @classmethod
    def total(cls, parts: Iterable["Confusion"]) -> "Confusion":
        """Sum over files."""
        parts = list(parts)
        return cls(
            sum(part.seiz_seiz for part in parts),
            sum(part.seiz_bckg for part in parts),
            sum(part.bckg_seiz for part in parts),
            sum(part.bckg_bckg for part in parts),
        )
