"""IRA: inter-rater agreement, Cohen's kappa over epochs (Cohen 1960), as NEDC v6 does it."""

from core.evaluation.confusion import Confusion

__all__ = ["kappa"]


def kappa(confusion: Confusion) -> float:
    """Cohen's kappa; with two labels, that of each label and that of both are the same.

    Agreement that cannot be beaten by chance or otherwise (only one label, or no epoch) is 1.
    """
    ref_seiz = confusion.seiz_seiz + confusion.seiz_bckg
    ref_bckg = confusion.bckg_seiz + confusion.bckg_bckg
    hyp_seiz = confusion.seiz_seiz + confusion.bckg_seiz
    hyp_bckg = confusion.seiz_bckg + confusion.bckg_bckg
    n = ref_seiz + ref_bckg
    # In whole numbers, where "both are zero" is exact.
    chance = ref_seiz * hyp_seiz + ref_bckg * hyp_bckg
    above = n * (confusion.seiz_seiz + confusion.bckg_bckg) - chance
    possible = n * n - chance
    return above / possible if possible else 1.0
