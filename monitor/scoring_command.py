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

HEADINGS = ("TP", "FN", "FP", "TN", "Sens.", "Spec.", "Prec.", "NPV", "F1", "MCC", "FA/24 h")
NOTHING = "-"


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
    for label in LABELS:
        table = score_table(scores, label)
        # A narrow terminal or a pipe must not cut numbers: the table takes the width it needs.
        needed = console.measure(table, options=console.options.update(max_width=1000)).maximum
        console.width = max(console.width, needed)
        console.print(table)
    typer.echo(
        f"{scores.n_files} file{'s' if scores.n_files != 1 else ''}, "
        f"{scores.duration_s / 3600:.3f} h. EPOCH counts quarters of a second, SzCORE sample "
        "seconds; the FA/24 h of both is in seconds."
    )


def score_table(scores: Scores, label: str) -> Table:
    """Lay out the scores of one label; SzCORE and the agreement stand with the seizures.

    Parameters
    ----------
    scores
        Over all files.
    label
        ``seiz`` or ``bckg``.
    """
    table = Table(label, box=None, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for algorithm in ALGORITHMS:
        rates = scores.rates[algorithm][label]
        counts = (rates.counts.tp, rates.counts.fn, rates.counts.fp, rates.counts.tn)
        derived = (rates.sensitivity, rates.specificity, rates.precision, rates.npv, rates.f1)
        digits = 2 if algorithm == "TAES" else 0
        table.add_row(
            algorithm,
            *(_cell(count, digits) for count in counts),
            *(_cell(value, 4) for value in (*derived, rates.mcc, rates.fa_per_24h)),
        )
    if label == SEIZURE:
        _add_szcore(table, scores)
        table.add_row("IRA kappa", _cell(scores.kappa, 4))
    return table


def _add_szcore(table: Table, scores: Scores) -> None:
    for kind, szcore in (("SzCORE sample", scores.sample), ("SzCORE event", scores.event)):
        table.add_row(
            kind,
            *(_cell(n, 0) for n in (szcore.tp, szcore.ref_true - szcore.tp, szcore.fp)),
            NOTHING,
            _cell(szcore.sensitivity, 4),
            NOTHING,
            _cell(szcore.precision, 4),
            NOTHING,
            _cell(szcore.f1, 4),
            NOTHING,
            _cell(szcore.fp_per_24h, 4),
        )


def _cell(value: float, digits: int) -> str:
    return NOTHING if math.isnan(value) else f"{value:.{digits}f}"
