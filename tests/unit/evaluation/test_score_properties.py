"""10,000 random pairs: no traceback, and what must hold does."""

import json
from collections.abc import Callable

import numpy as np

from core.evaluation import AnnotationError, Annotations, FileScores, Span, pool, score_pair
from core.evaluation.ira import kappa

N_ORDINARY = 5000
N_WILD = 5000

Pair = tuple[Annotations, Annotations]


def ordinary(rng: np.random.Generator, duration_s: float) -> Annotations:
    """Make events of some length that follow each other inside the recording."""
    edges = np.sort(rng.uniform(0, duration_s, 2 * rng.integers(0, 9))).round(4)
    spans = (Span(float(a), float(b)) for a, b in edges.reshape(-1, 2) if b > a)
    return Annotations(duration_s, tuple(spans), "ordinary")


def wild(rng: np.random.Generator, duration_s: float) -> Annotations:
    """Make events of any order, length, place and label, many of them on the same few times."""
    grid = rng.choice([0.125, 0.25, 1.0, 10.0])
    spans = []
    for _ in range(rng.integers(0, 9)):
        start = float(rng.uniform(0, duration_s * 1.2))
        stop = start + float(rng.choice([0.0, 0.03, 0.7, 5.0, 60.0, 400.0]))
        if rng.random() < 0.5:
            start, stop = (float(np.floor(time / grid) * grid) for time in (start, stop))
        spans.append(Span(start, stop, "bckg" if rng.random() < 0.2 else "seiz"))
    if spans and rng.random() < 0.2:
        spans.append(spans[0])
    return Annotations(duration_s, tuple(spans), "wild")


def duration(rng: np.random.Generator) -> float:
    return round(float(rng.choice([0.04, 0.2, 3.0, 60.0, 600.0]) * rng.uniform(0.5, 1.5)), 4)


def pairs(
    n: int, make: Callable[[np.random.Generator, float], Annotations], seed: int
) -> list[Pair]:
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(n):
        duration_s = duration(rng)
        result.append((make(rng, duration_s), make(rng, duration_s)))
    return result


def check_sensitivities(file: FileScores) -> None:
    for label in ("seiz", "bckg"):
        rates = pool([file]).rates
        taes, ovlp = rates["TAES"][label], rates["OVLP"][label]
        assert taes.counts.tp <= ovlp.counts.tp + 1e-9
        assert taes.sensitivity <= ovlp.sensitivity + 1e-9


def test_ordinary_pairs() -> None:
    files = []
    for ref, hyp in pairs(N_ORDINARY, ordinary, 1):
        file = score_pair(ref, hyp)
        check_sensitivities(file)
        assert kappa(file.confusion) == kappa(score_pair(hyp, ref).confusion)
        files.append(file)
    order = np.random.default_rng(2).permutation(len(files))
    forward, shuffled = pool(files), pool([files[k] for k in order])
    assert forward == shuffled
    assert json.loads(forward.to_json())["n_files"] == N_ORDINARY


def test_wild_pairs() -> None:
    files, refused = [], []
    for ref, hyp in pairs(N_WILD, wild, 3):
        try:
            file = score_pair(ref, hyp)
        except AnnotationError as error:
            refused.append(str(error))
            continue
        json.loads(pool([file]).to_json())
        for label in ("seiz", "bckg"):
            assert file.counts["OVLP"][label].tp <= file.counts["OVLP"][label].targets
        assert -1 <= kappa(file.confusion) <= 1
        files.append(file)
    assert all("has no length: its hit fraction is undefined" in message for message in refused)
    assert len(refused) < N_WILD / 20
    assert pool(files) == pool(files[::-1])
