"""Scores of the original tools, reproduced number by number."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from core.evaluation import (
    ALGORITHMS,
    LABELS,
    Annotations,
    FileScores,
    Scores,
    Span,
    pool,
    score_pair,
)
from core.evaluation.csv_bi import parse_csv_bi, write_csv_bi
from core.evaluation.ira import kappa
from core.evaluation.rates import Rates
from core.evaluation.score import SZCORE_FIELDS
from core.evaluation.szcore import SzcoreScores
from monitor.scoring_command import score as score_command

VECTORS = Path(__file__).parents[3] / "shared" / "nedc" / "vectors"
GROUPS = sorted(VECTORS.glob("*.json"))

pytestmark = pytest.mark.skipif(not GROUPS, reason=f"reference scores are not at {VECTORS}")

RATES: dict[str, Callable[[Rates], float]] = {
    name: (lambda rates, name=name: getattr(rates, name))
    for name in (
        *("sensitivity", "specificity", "precision", "npv", "accuracy", "prevalence"),
        *("f1", "mcc", "fa_per_24h"),
    )
}
PERCENTAGES = {
    "sensitivity_pct": "sensitivity",
    "specificity_pct": "specificity",
    "precision_pct": "precision",
    "npv_pct": "npv",
    "miss_rate_pct": "miss_rate",
    "fpr_pct": "false_positive_rate",
    "fdr_pct": "false_discovery_rate",
    "for_pct": "false_omission_rate",
    "accuracy_pct": "accuracy",
    "misclassification_pct": "misclassification",
    "prevalence_pct": "prevalence",
}


def counted(counts: Any) -> dict[str, float]:
    return {
        "targets": counts.targets,
        "hits": counts.tp,
        "misses": counts.fn,
        "false_alarms": counts.false_alarms,
        "insertions": counts.insertions,
        "deletions": counts.deletions,
        "tp": counts.tp,
        "tn": counts.tn,
        "fp": counts.fp,
        "fn": counts.fn,
    }


def matrix(confusion: Any) -> dict[str, dict[str, int]]:
    return {
        "seiz": {"seiz": confusion.seiz_seiz, "bckg": confusion.seiz_bckg},
        "bckg": {"seiz": confusion.bckg_seiz, "bckg": confusion.bckg_bckg},
    }


def close(ours: float, theirs: float | None) -> bool:
    if theirs is None:
        return math.isnan(ours)
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)


def compare(ours: dict[str, float], theirs: dict[str, Any], where: str) -> None:
    for field, value in theirs.items():
        assert close(ours[field], value), f"{where} {field}: {ours[field]} instead of {value}"


def szcore_values(scores: SzcoreScores) -> dict[str, float]:
    return {field: getattr(scores, field) for field in SZCORE_FIELDS}


def annotations(
    file: dict[str, Any], side: str, events: list[list[float]] | None = None
) -> Annotations:
    text = file.get(f"{side}_csv_bi")
    if text is not None:
        return parse_csv_bi(text, file["name"])
    spans = (Span(start, stop) for start, stop in (file[side] if events is None else events))
    return Annotations(file["duration_s"], tuple(spans), file["name"])


def runs(group: dict[str, Any]) -> list[tuple[list[Annotations], list[Annotations], Any]]:
    refs = [annotations(file, "ref") for file in group["files"]]
    if "points" not in group:
        hyps = [annotations(file, "hyp") for file in group["files"]]
        return [(refs, hyps, group["scores"])]
    return [
        (
            refs,
            [annotations(file, "hyp", point["hyp"][file["name"]]) for file in group["files"]],
            point["scores"],
        )
        for point in group["points"]
    ]


def check_unrounded(scores: Scores, theirs: dict[str, Any], where: str) -> None:
    for algorithm in ALGORITHMS:
        for label in LABELS:
            rates = scores.rates[algorithm][label]
            ours = counted(rates.counts) | {name: get(rates) for name, get in RATES.items()}
            compare(ours, theirs[algorithm][label], f"{where} {algorithm} {label}")
        summary = scores.summary(algorithm)
        ours = counted(summary.pooled.counts) | {
            "sensitivity": summary.pooled.sensitivity,
            "f1": summary.f1,
            "mcc": summary.pooled.mcc,
            "accuracy": summary.pooled.accuracy,
            "total_duration_s": scores.duration_s,
            "total_fa_per_24h": summary.pooled.fa_per_24h,
        }
        compare(ours, theirs[algorithm]["summary"], f"{where} {algorithm} summary")
    assert matrix(scores.confusion) == theirs["EPOCH"]["confusion"], where
    assert matrix(scores.confusion) == theirs["IRA"]["confusion"], where
    assert matrix(scores.aligned) == theirs["DPALIGN"]["confusion"], where
    for value in (*theirs["IRA"]["kappa"].values(), theirs["IRA"]["multi_class_kappa"]):
        assert close(scores.kappa, value), where


def check_printed(scores: Scores, theirs: dict[str, Any], where: str) -> None:
    def same(ours: float, value: float, decimals: int, what: str) -> None:
        # Formatted as the tool formats; adding 0.0 makes no difference between -0 and 0.
        assert float(f"{ours:.{decimals}f}") + 0.0 == value + 0.0, f"{where} {what}: {ours} {value}"

    for algorithm in ALGORITHMS:
        digits = 2 if algorithm == "TAES" else 0
        summary = scores.summary(algorithm)
        for label in (*LABELS, "summary"):
            pooled = label == "summary"
            rates = summary.pooled if pooled else scores.rates[algorithm][label]
            values = counted(rates.counts)
            for field, value in theirs[algorithm][label].items():
                what = f"{algorithm} {label} {field}"
                if field in values:
                    same(values[field], value, digits, what)
                elif field in PERCENTAGES:
                    same(100 * getattr(rates, PERCENTAGES[field]), value, 4, what)
                elif field == "total_duration_s":
                    same(scores.duration_s, value, 4, what)
                elif field == "total_false_alarms":
                    same(rates.counts.fp, value, 4, what)
                elif field == "total_fa_per_24h":
                    same(rates.fa_per_24h, value, 4, what)
                elif field == "f1":
                    same(summary.f1 if pooled else rates.f1, value, 4, what)
                else:
                    same(getattr(rates, field), value, 4, what)
    assert matrix(scores.confusion) == theirs["EPOCH"]["confusion"]
    assert matrix(scores.confusion) == theirs["IRA"]["confusion"]
    assert matrix(scores.aligned) == theirs["DPALIGN"]["confusion"]
    for value in (*theirs["IRA"]["kappa"].values(), theirs["IRA"]["multi_class_kappa"]):
        same(scores.kappa, value, 4, "kappa")


def check_file(scores: FileScores, file: dict[str, Any]) -> None:
    alone = file["nedc_counts_this_file_alone"]
    for algorithm in ALGORITHMS:
        for label in LABELS:
            where = f"{file['name']} {algorithm} {label}"
            compare(counted(scores.counts[algorithm][label]), alone[algorithm][label], where)
    assert matrix(scores.confusion) == alone["IRA"]["confusion"]
    assert close(kappa(scores.confusion), alone["IRA"]["multi_class_kappa"])
    for kind, theirs in file["timescoring_this_file"].items():
        compare(szcore_values(getattr(scores, kind)), theirs, f"{file['name']} {kind}")


@pytest.mark.parametrize("path", GROUPS, ids=lambda path: path.stem)
def test_group_is_reproduced(path: Path) -> None:
    group = json.loads(path.read_text(encoding="utf-8"))
    for refs, hyps, theirs in runs(group):
        files = [score_pair(ref, hyp) for ref, hyp in zip(refs, hyps, strict=True)]
        scores = pool(files)
        check_unrounded(scores, theirs["nedc_unrounded"], group["group"])
        check_printed(scores, theirs["nedc_printed"], group["group"])
        micro = theirs["szcore"]["timescoring_event_lists"]["micro"]
        compare(szcore_values(scores.sample), micro["sample"], "SzCORE sample")
        compare(szcore_values(scores.event), micro["event"], "SzCORE event")
        for ours, file in zip(files, group["files"], strict=True):
            if "nedc_counts_this_file_alone" in file:
                check_file(ours, file)


@pytest.mark.parametrize("path", GROUPS, ids=lambda path: path.stem)
def test_command_reproduces_the_group_from_files(path: Path, tmp_path: Path) -> None:
    group = json.loads(path.read_text(encoding="utf-8"))
    refs, hyps, theirs = runs(group)[-1]
    app = Typer()
    app.command()(score_command)
    for side, all_annotations in (("ref", refs), ("hyp", hyps)):
        folder = tmp_path / side
        folder.mkdir()
        for file, each in zip(group["files"], all_annotations, strict=True):
            target = folder / f"{file['name']}.csv_bi"
            if f"{side}_csv_bi" in file:
                target.write_bytes(file[f"{side}_csv_bi"].encode())
            else:
                write_csv_bi(each, target)
    arguments = ["--ref", str(tmp_path / "ref"), "--hyp", str(tmp_path / "hyp"), "--json"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert printed["n_files"] == group["n_files"]
    for algorithm in ALGORITHMS:
        for label in LABELS:
            expected = theirs["nedc_unrounded"][algorithm][label]
            for field, value in printed[algorithm][label].items():
                assert close(value, expected[field]), (algorithm, label, field)
    assert close(printed["IRA"]["kappa"], theirs["nedc_unrounded"]["IRA"]["multi_class_kappa"])
    micro = theirs["szcore"]["timescoring_event_lists"]["micro"]
    for kind, expected in micro.items():
        for field, value in printed["szcore"][kind].items():
            assert value == expected[field] or close(value, expected[field]), (kind, field)
