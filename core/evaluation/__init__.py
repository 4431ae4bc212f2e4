"""Scoring of detections against expert annotations: NEDC v6 and SzCORE."""

from core.evaluation.annotations import (
    BACKGROUND,
    LABELS,
    SEIZURE,
    AnnotationError,
    Annotations,
    Span,
)
from core.evaluation.score import ALGORITHMS, FileScores, Scores, pool, score_pair

__all__ = [
    "ALGORITHMS",
    "BACKGROUND",
    "LABELS",
    "SEIZURE",
    "AnnotationError",
    "Annotations",
    "FileScores",
    "Scores",
    "Span",
    "pool",
    "score_pair",
]
