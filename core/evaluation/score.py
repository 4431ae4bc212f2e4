"""All scores of a set of recordings."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.evaluation.annotations import LABELS, AnnotationError, Annotations
from core.evaluation.confusion import Confusion
from core.evaluation.counts import Counts
from core.evaluation.dpalign import Alignment, dpalign
from core.evaluation.epoch import EPOCH_S, epoch, epoch_confusion
from core.evaluation.ira import kappa
from core.evaluation.ovlp import ovlp
from core.evaluation.rates import Rates, Summary, summarise
from core.evaluation.szcore import (
    EVENT_HZ,
    SAMPLE_HZ,
    SzcoreScores,
    szcore_event,
    szcore_sample,
)
from core.evaluation.taes import taes
from core.evaluation.tidy import tidy

__all__ = ["ALGORITHMS", "DURATION_TOLERANCE_S", "FileScores", "Scores", "pool", "score_pair"]

ALGORITHMS = ("TAES", "OVLP", "EPOCH", "DPALIGN")

DURATION_TOLERANCE_S = 0.01
"""How far the durations of a pair may differ: the two decimals that SzCORE's tables carry."""

JSON_FIELDS = (
    ("tp", "fn", "fp", "tn", "targets"),
    ("sensitivity", "specificity", "precision", "f1", "fa_per_24h"),
)
SZCORE_FIELDS = (
    *("tp", "fp", "ref_true", "num_samples", "fs_hz"),
    *("sensitivity", "precision", "f1", "fp_per_24h"),
)


@dataclass(frozen=True, slots=True)
class FileScores:
    """What was counted in one recording.

    Attributes
    ----------
    name
        Of the reference.
    duration_s
        Length of the recording.
    counts
        By algorithm and label.
    confusion
        Epochs; the agreement (IRA) follows from them.
    alignment
        Labels aligned by DPALIGN.
    sample, event
        SzCORE.
    """

    name: str
    duration_s: float
    counts: Mapping[str, Mapping[str, Counts]]
    confusion: Confusion
    alignment: Alignment
    sample: SzcoreScores
    event: SzcoreScores


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores over all recordings; counts are summed before any rate is taken.

    Attributes
    ----------
    n_files
        Number of recordings.
    duration_s
        Their lengths added up.
    rates
        By algorithm and label.
    confusion, aligned
        Pairs of labels over epochs, and over aligned events.
    sample, event
        SzCORE.
    """

    n_files: int
    duration_s: float
    rates: Mapping[str, Mapping[str, Rates]]
    confusion: Confusion
    aligned: Confusion
    sample: SzcoreScores
    event: SzcoreScores

    @property
    def kappa(self) -> float:
        """IRA: Cohen's kappa over epochs."""
        return kappa(self.confusion)

    def summary(self, algorithm: str) -> Summary:
        """NEDC's pooled summary of one algorithm."""
        return summarise(self.rates[algorithm])

    def as_dict(self) -> dict[str, Any]:
        """Plain values in full precision; None for what is not a number."""
        result: dict[str, Any] = {"duration_s": self.duration_s, "n_files": self.n_files}
        for algorithm in ALGORITHMS:
            whole = algorithm != "TAES"
            result[algorithm] = {
                label: _label_dict(self.rates[algorithm][label], whole=whole) for label in LABELS
            }
        result["IRA"] = {"kappa": self.kappa}
        result["szcore"] = {
            kind: {field: _plain(getattr(scores, field)) for field in SZCORE_FIELDS}
            for kind, scores in (("sample", self.sample), ("event", self.event))
        }
        return result

    def to_json(self) -> str:
        """Write the same as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)


def _label_dict(rates: Rates, *, whole: bool) -> dict[str, float | None]:
    counted, derived = JSON_FIELDS
    result: dict[str, float | None] = {}
    for field in counted:
        count = getattr(rates.counts, field)
        result[field] = int(count) if whole or field == "targets" else count
    for field in derived:
        result[field] = _plain(getattr(rates, field))
    return result


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def score_pair(ref: Annotations, hyp: Annotations) -> FileScores:
    """Score one recording with every algorithm.

    Parameters
    ----------
    ref
        What experts marked. Its duration is the recording's.
    hyp
        What was detected.

    Raises
    ------
    AnnotationError
        Where the durations differ by more than 0.01 s, TAES has no answer, or
        there are too many events to align.
    """
    difference = abs(ref.duration_s - hyp.duration_s)
    if difference > DURATION_TOLERANCE_S + 1e-9:
        raise AnnotationError(
            f"{hyp.name}: duration is {hyp.duration_s} s, but {ref.name} has {ref.duration_s} s "
            f"(they may differ by {DURATION_TOLERANCE_S} s)"
        )
    ref_line, hyp_line = (tidy(each.spans, ref.duration_s) for each in (ref, hyp))
    confusion = epoch_confusion(ref_line, hyp_line)
    try:
        alignment = dpalign(ref_line, hyp_line)
        taes_counts = taes(ref_line, hyp_line)
    except AnnotationError as error:
        raise AnnotationError(f"{ref.name}: {error}") from error
    ref_seizures, hyp_seizures = ref.seizures(), hyp.seizures()
    return FileScores(
        name=ref.name,
        duration_s=ref_line.end_s,
        counts={
            "TAES": taes_counts,
            "OVLP": ovlp(ref_line, hyp_line),
            "EPOCH": epoch(confusion),
            "DPALIGN": alignment.counts(),
        },
        confusion=confusion,
        alignment=alignment,
        sample=szcore_sample(ref_seizures, hyp_seizures, ref.duration_s),
        event=szcore_event(ref_seizures, hyp_seizures, ref.duration_s),
    )


def pool(files: Iterable[FileScores]) -> Scores:
    """Add up the counts of recordings; their order does not matter.

    Raises
    ------
    AnnotationError
        Where there is none.
    """
    files = list(files)
    if not files:
        raise AnnotationError("no recording to score")
    duration_s = math.fsum(file.duration_s for file in files)
    rates = {
        algorithm: {
            label: Rates(
                Counts.total(file.counts[algorithm][label] for file in files),
                duration_s,
                EPOCH_S if algorithm == "EPOCH" else None,
            )
            for label in LABELS
        }
        for algorithm in ALGORITHMS
    }
    return Scores(
        n_files=len(files),
        duration_s=duration_s,
        rates=rates,
        confusion=Confusion.total(file.confusion for file in files),
        aligned=Confusion.total(file.alignment.confusion for file in files),
        sample=SzcoreScores.total((file.sample for file in files), SAMPLE_HZ),
        event=SzcoreScores.total((file.event for file in files), EVENT_HZ),
    )
