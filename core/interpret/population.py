"""How sparse a layer is, how redundant within, and how alike two layers are."""

import numpy as np
import numpy.typing as npt

from core.types import FloatArray

__all__ = ["cka", "effective_dimension", "lifetime_sparseness", "mean_correlation"]

Floats = npt.NDArray[np.float64]


def lifetime_sparseness(units: FloatArray) -> Floats:
    """Sparseness of each unit over segments, after Vinje and Gallant (2000).

    Parameters
    ----------
    units : (n, n_units)
        Mean activation of each unit on each segment; taken by magnitude.

    Returns
    -------
    (n_units,) float64 array
        0 where a unit responds to all segments alike, 1 where it responds to one alone; NaN where
        it never responds.
    """
    rates = np.abs(np.asarray(units, np.float64))
    power = (rates**2).mean(axis=0)
    a = np.full(rates.shape[1], np.nan)
    np.divide(rates.mean(axis=0) ** 2, power, out=a, where=power > 0)
    return np.asarray((1 - a) / (1 - 1 / len(rates)), np.float64)


def effective_dimension(units: FloatArray) -> float:
    """Participation ratio of the covariance's eigenvalues.

    Units are scaled to unit variance, so that a few loud ones do not stand for all. Between 1
    (all say the same) and the number of units that vary at all.
    """
    correlation = _correlation(units)
    if not correlation.size:
        return float("nan")
    # (sum of eigenvalues)^2 / sum of their squares, without computing any of them
    return float(np.trace(correlation) ** 2 / (correlation**2).sum())


def mean_correlation(units: FloatArray) -> float:
    """Mean magnitude of the correlation between two different units; silent ones are left out."""
    correlation = _correlation(units)
    n_units = len(correlation)
    if n_units < 2:
        return float("nan")
    return float((np.abs(correlation).sum() - n_units) / (n_units * (n_units - 1)))


def cka(one: FloatArray, other: FloatArray) -> float:
    """Linear centred kernel alignment of two layers (Kornblith et al. 2019), debiased.

    The estimator is the unbiased one of Song et al. (2012), whose expectation is 0 for unrelated
    layers however few the segments; the plain one grows with the number of units.

    Parameters
    ----------
    one, other : (n, n_units)
        Both layers on the same segments, at least 4.
    """
    kernels = [_debiased(np.asarray(each, np.float64)) for each in (one, other)]
    own = [float((kernel * kernel).sum()) for kernel in kernels]
    if min(own) <= 0:
        return float("nan")
    return float((kernels[0] * kernels[1]).sum() / np.sqrt(own[0] * own[1]))


def _debiased(values: Floats) -> Floats:
    """U-centred Gram matrix: the diagonal is left out, rows and columns sum to 0."""
    n = len(values)
    values = values - values.mean(axis=0)
    gram = values @ values.T
    np.fill_diagonal(gram, 0.0)
    means = gram.sum(axis=0) / (n - 2)
    gram = gram - means[:, None] - means[None, :] + means.sum() / (n - 1)
    np.fill_diagonal(gram, 0.0)
    return np.asarray(gram, np.float64)


def _correlation(units: FloatArray) -> Floats:
    centred = np.asarray(units, np.float64)
    centred = centred - centred.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    # Rounding leaves a constant unit with a norm that is not exactly 0.
    moving = norms > 1e-6 * max(1e-12, float(norms.max(initial=0.0)))
    scaled = centred[:, moving] / norms[moving]
    return np.asarray(scaled.T @ scaled, np.float64)
