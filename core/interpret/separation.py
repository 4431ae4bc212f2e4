"""From which layer on seizure and background are apart."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise_distances, silhouette_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from core.interpret.estimate import ByPatient, auroc
from core.interpret.segments import Texts, shifted_labels
from core.interpret.settings import SeparationSettings
from core.types import BoolArray, FloatArray

__all__ = ["MEASURES", "Separation", "embed", "merge", "reduce", "separate"]

MEASURES = ("probe", "purity", "silhouette")
"""AUROC of a linear probe; share of like neighbours; silhouette width."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Separation:
    """How far apart the classes are in one layer, for patients who were held out.

    Attributes
    ----------
    values
        For each of :data:`MEASURES`, a number for every patient.
    baselines
        For each of them, the mean over patients under labels that mean nothing, draw by draw.
    """

    values: dict[str, ByPatient]
    baselines: dict[str, Floats]


def reduce(
    reference: FloatArray, query: FloatArray, components: int, seed: int
) -> tuple[Floats, Floats]:
    """Scale and rotate features; both steps are fitted on the reference alone.

    Returns
    -------
    reference, query : (n, at most ``components``) float64
        Principal components.
    """
    scaler = StandardScaler().fit(reference)
    n_components = min(components, *reference.shape)
    pca = PCA(n_components, svd_solver="randomized", random_state=seed)
    first = pca.fit_transform(scaler.transform(reference))
    return np.asarray(first, np.float64), np.asarray(
        pca.transform(scaler.transform(query)), np.float64
    )


def embed(points: Floats, settings: SeparationSettings, seed: int) -> Floats:
    """Lay principal components out in two dimensions by UMAP; the seed decides everything.

    Parameters
    ----------
    points : (n, n_components)
        Of :func:`reduce`, at least 4 points.
    """
    with warnings.catch_warnings():
        # Of a part that needs TensorFlow, and is not used here.
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP  # compiles for seconds when it is imported

    layout = UMAP(
        n_neighbors=min(settings.umap_neighbours, len(points) - 1),
        min_dist=settings.umap_min_dist,
        metric="precomputed",
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        # Of what cannot be done with distances alone, and is not done here.
        warnings.filterwarnings("ignore", "using precomputed metric", UserWarning)
        # UMAP computes the distances of small sets pair by pair, in Python.
        laid_out = layout.fit_transform(pairwise_distances(points))
    return np.asarray(laid_out, np.float64)


def separate(
    reference: tuple[FloatArray, BoolArray],
    query: tuple[FloatArray, BoolArray, Texts],
    settings: SeparationSettings,
    seed: int,
    *,
    baseline: bool = True,
) -> Separation:
    """Measure the separation of held-out segments in one layer.

    Parameters
    ----------
    reference
        Features and labels of the patients whom the classifier was trained on.
    query
        Features, labels and patients of those who were held out.
    settings
        Components, neighbours, number of permutations.
    seed
        Of everything random.
    baseline
        Whether to compute the baselines, which take most of the time; they are empty otherwise.

    Notes
    -----
    The probe is fitted on the reference. Neighbours are looked for in the reference, so that none
    is the next segment of the same seizure. The silhouette is taken among the patient's segments.
    """
    known, labels = reference[0], reference[1]
    ictal, patients = query[1], query[2]
    first, second = reduce(known, query[0], settings.components, seed)
    probe = LogisticRegression(C=0.01, max_iter=1000).fit(first, labels)
    scores = probe.decision_function(second)
    finder = NearestNeighbors(n_neighbors=min(settings.neighbours, len(first))).fit(first)
    like = labels[finder.kneighbors(second, return_distance=False)].mean(axis=1)
    rng = np.random.default_rng([seed, 1])
    n_draws = settings.permutations if baseline else 0
    draws = shifted_labels(ictal, patients, n_draws, rng)
    values: dict[str, ByPatient] = {}
    baselines: dict[str, Floats] = {}
    masks = {str(name): patients == name for name in np.unique(patients)}
    for measure in MEASURES:
        tables = []
        for one in (ictal[None], draws):
            match measure:
                case "probe":
                    rows = [
                        auroc(scores[mask, None], one[:, mask])[:, 0] for mask in masks.values()
                    ]
                case "purity":
                    agreement = np.where(one, like, 1 - like)
                    rows = [_balanced(agreement[:, m], one[:, m]) for m in masks.values()]
                case _:
                    rows = [_silhouettes(second[mask], one[:, mask]) for mask in masks.values()]
            tables.append(np.stack(rows, axis=1))  # (n_labellings, n_patients)
        values[measure] = dict(zip(masks, tables[0][0].tolist(), strict=True))
        baselines[measure] = tables[1]
    return Separation(values, baselines)


def merge(parts: Sequence[Separation]) -> Separation:
    """Put the patients of several folds together; baselines become means over all of them."""
    values: dict[str, ByPatient] = {
        measure: {name: value for part in parts for name, value in part.values[measure].items()}
        for measure in MEASURES
    }
    baselines = {
        measure: np.concatenate([part.baselines[measure] for part in parts], axis=1).mean(axis=1)
        for measure in MEASURES
    }
    return Separation(values, baselines)


def _balanced(agreement: Floats, ictal: npt.NDArray[np.bool_]) -> Floats:
    """Mean of both classes' means, row by row: 0.5 by chance whatever their numbers."""
    sides = [
        np.where(side, agreement, 0).sum(axis=1) / np.maximum(side.sum(axis=1), 1)
        for side in (ictal, ~ictal)
    ]
    return np.asarray((sides[0] + sides[1]) / 2, np.float64)


def _silhouettes(points: Floats, ictal: npt.NDArray[np.bool_]) -> Floats:
    """Mean silhouette width for each row of labels; NaN where a class has one segment or none."""
    distances = pairwise_distances(points)
    enough = (ictal.sum(axis=1) > 1) & ((~ictal).sum(axis=1) > 1)
    widths = [
        silhouette_score(distances, labels, metric="precomputed") if both else np.nan
        for labels, both in zip(ictal, enough, strict=True)
    ]
    return np.array(widths, np.float64)
