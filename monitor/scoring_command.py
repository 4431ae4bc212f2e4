"""The command that scores annotation files."""

import math
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.evaluation import ALGORITHMS, LABELS, SEIZURE, Scores
from core.evaluation.pairing import score_paths

__all__ = ["score", "score_table"]

MIN_WIDTH = 104
"""Columns that the table needs; a narrower terminal or a pipe must not cut its numbers."""

HEADINGS = ("TP", "FN", "FP", "TN", "Sens.", "Spec.", "Prec.", "NPV", "F1", "MCC", "FA/24 h")


def score(
    ref: Annotated[
        Path, typer.Option(help="Reference: a file, or a folder of files paired by name.")
    ],
    hyp: Annotated[Path, typer.Option(help="Hypothesis: a file or a folder.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON in full precision.")] = False,
) -> None:
    """Score annotations (csv_bi or SzCORE TSV) with NEDC v6 and SzCORE."""
    scores = score_paths(ref, hyp)
    if json:
        typer.echo(scores.to_json())
        return
    console = Console(highlight=False)
    console.print(score_table(scores), width=max(MIN_WIDTH, console.width), soft_wrap=True)
    console.print(
        f"{scores.n_files} file{'s' if scores.n_files != 1 else ''}, "
        f"{scores.duration_s / 3600:.3f} h; EPOCH counts quarters of a second and its FA/24 h is "
        "in seconds",
        soft_wrap=True,
    )


def score_table(scores: Scores) -> Table:
    """Lay out the scores; the seizure label's come first.

    Parameters
    ----------
    scores
        Over all files.
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("Label")
    table.add_column("Score")
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for label in LABELS:
        for algorithm in ALGORITHMS:
            rates = scores.rates[algorithm][label]
            counts = rates.counts
            digits = 2 if algorithm == "TAES" else 0
            table.add_row(
                label,
                algorithm,
                *(_cell(n, digits) for n in (counts.tp, counts.fn, counts.fp, counts.tn)),
                *(
                    _cell(value, 4)
                    for value in (rates.sensitivity, rates.specificity, rates.precision)
                ),
                *(_cell(value, 4) for value in (rates.npv, rates.f1, rates.mcc, rates.fa_per_24h)),
            )
        if label == SEIZURE:
            _add_szcore(table, scores)
    return table


def _add_szcore(table: Table, scores: Scores) -> None:
    for kind, szcore in (("SzCORE sample", scores.sample), ("SzCORE event", scores.event)):
        table.add_row(
            SEIZURE,
            kind,
            *(_cell(n, 0) for n in (szcore.tp, szcore.ref_true - szcore.tp, szcore.fp)),
            "-",
            _cell(szcore.sensitivity, 4),
            "-",
            _cell(szcore.precision, 4),
            "-",
            _cell(szcore.f1, 4),
            "-",
            _cell(szcore.fp_per_24h, 4),
        )
    table.add_row(SEIZURE, "IRA kappa", *("-",) * 8, _cell(scores.kappa, 4), "-", "-")


def _cell(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
