"""The command that evaluates the detector on a data set."""

import json as json_format
import math
import shlex
import sys
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.evaluation.text import write_text
from monitor.command_options import ConfigOption, EngineOption, WeightsOption, read_settings
from monitor.progress import progress_bar

if TYPE_CHECKING:
    from core.evaluation.results import Evaluation

__all__ = ["evaluate", "group_table", "score_table"]

SCORER_NAMES = {"taes": "NEDC TAES", "ovlp": "NEDC OVLP", "szcore": "SzCORE event"}


def evaluate(
    bids_dir: Annotated[
        Path,
        typer.Argument(
            metavar="BIDS_DIR", help="BIDS data set, or a tree of NAME.edf with NAME.csv_bi."
        ),
    ],
    weights: WeightsOption = None,
    folds: Annotated[
        Path | None,
        typer.Option(help="Folder of a cross-validation: each patient by who never met them."),
    ] = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the report and the kept probabilities.")
    ] = Path("evaluation"),
    jobs: Annotated[int, typer.Option(min=1, help="Processes, a recording each.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Evaluate the detector on an annotated data set: NEDC and SzCORE scores, AUROC, delays."""
    # torch and matplotlib load only where they are needed
    from core.evaluation.audit import audit_false_alarms
    from core.evaluation.dataset import find_dataset
    from core.evaluation.evaluate import Part, evaluate_parts
    from core.evaluation.report import write_report
    from core.model.builtin import weights_file
    from core.model.engine import load_engine
    from core.training.folds import assign_folds, find_folds

    if folds is not None and weights is not None:
        raise typer.BadParameter("--folds brings its own weights", param_hint="--weights")
    recordings = find_dataset(bids_dir)
    settings = read_settings(config, engine)
    if folds is None:
        file = weights_file(weights, settings.model.preset)
        parts = [Part(recordings, partial(load_engine, settings, file))]
    else:
        assigned, left = assign_folds(find_folds(folds), recordings)
        parts = [Part(own, partial(load_engine, settings, fold.weights)) for fold, own in assigned]
        if left:
            typer.echo(f"{len(left)} recordings of patients whom no fold left out.", err=True)
    with progress_bar(f"{sum(len(part.recordings) for part in parts)} recordings") as progress:
        evaluation = evaluate_parts(
            parts,
            settings,
            out,
            jobs=jobs,
            progress=progress,
            command=shlex.join(["vigil", *sys.argv[1:]]),
        )
    write_report(evaluation, out, audit_false_alarms(evaluation.recordings, settings))
    text = json_format.dumps(evaluation.to_json(), indent=2, allow_nan=False)
    write_text(out / "evaluation.json", text + "\n")
    if json:
        typer.echo(text)
    else:
        _print(evaluation, out)


def _print(evaluation: "Evaluation", out: Path) -> None:
    console = Console(highlight=False)
    for table in (score_table(evaluation), group_table(evaluation)):
        # A narrow terminal or a pipe must not cut numbers: the table takes the width it needs.
        needed = console.measure(table, options=console.options.update(max_width=1000)).maximum
        console.width = max(console.width, needed)
        console.print(table)
        console.print()
    auroc, auprc = evaluation.intervals["auroc"], evaluation.intervals["auprc"]
    typer.echo(
        f"AUROC {_cell(evaluation.auroc)} ({_cell(auroc.low)} to {_cell(auroc.high)}), "
        f"AUPRC {_cell(evaluation.auprc)} ({_cell(auprc.low)} to {_cell(auprc.high)}) per sample; "
        "in brackets: 95 % intervals over patients."
    )
    if evaluation.auroc_by_network:
        each = ", ".join(_cell(value) for value in evaluation.auroc_by_network)
        typer.echo(
            f"AUROC within each network's patients: mean {_cell(evaluation.mean_network_auroc)} "
            f"({each})."
        )
    for name, delays_s in (
        ("Detection delay", evaluation.delays_s),
        ("Delay of the alarm", evaluation.alarm_delays_s),
    ):
        middle = median(delays_s) if delays_s else math.nan
        typer.echo(
            f"{name}: median {_cell(middle, 1)} s over {len(delays_s)} detected of "
            f"{evaluation.n_onsets} onsets in true EEG."
        )
    typer.echo(
        f"Behind every rate: {evaluation.hours:.3f} h, {evaluation.background_hours:.3f} h of it "
        f"background, {evaluation.n_seizures} seizures, {len(evaluation.per_patient)} patients."
    )
    typer.echo(
        f"Engine {evaluation.engine}, weights {evaluation.weights}, "
        f"config {evaluation.config_hash}; results in {out}."
    )
    for note in evaluation.notes:
        typer.echo(f"Note: {note}")
    if evaluation.weights == "UNTRAINED":
        typer.echo("UNTRAINED: nobody trained these weights; the scores say nothing.")


def score_table(evaluation: "Evaluation") -> Table:
    """Lay out the scores at the locked thresholds and at the targets of false alarms."""
    targets = list(evaluation.sensitivity_at_fa["taes"])
    table = Table(
        title=f"Locked thresholds {evaluation.tau_on:g} / {evaluation.tau_off:g}, and "
        "best sensitivity at FA/24 h",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    headings = ("Sens.", "Prec.", "F1", "FA/24 h", *(f"Sens.@{target:g}" for target in targets))
    for heading in ("", *headings):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for scorer, point in evaluation.locked.items():
        cells = []
        for name in ("sensitivity", "precision", "f1", "fa_per_24h"):
            value = getattr(point, name)
            digits = 1 if name == "fa_per_24h" else 3
            cells.append(_with_interval(evaluation, value, f"locked.{scorer}.{name}", digits))
        for target, value in evaluation.sensitivity_at_fa[scorer].items():
            name = f"sensitivity_at_fa.{scorer}.{target:g}"
            cells.append(_with_interval(evaluation, value, name, 3))
        table.add_row(SCORER_NAMES[scorer], *cells)
    return table


def group_table(evaluation: "Evaluation") -> Table:
    """Lay out the scores of each data set and each patient."""
    table = Table(
        title="By data set and patient (OVLP at the locked thresholds)",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for heading in ("", "Hours", "Background h", "Seizures", "AUROC", "Sens.", "FA/24 h"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for groups in (evaluation.per_dataset, evaluation.per_patient):
        for group in groups:
            sensitivity = group.sensitivity if group.n_seizures else math.nan
            table.add_row(
                group.name,
                f"{group.hours:.3f}",
                f"{group.background_hours:.3f}",
                str(group.n_seizures),
                _cell(group.auroc),
                _cell(sensitivity),
                _cell(group.fa_per_24h, 1),
            )
        table.add_section()
    return table


def _with_interval(evaluation: "Evaluation", value: float, name: str, digits: int) -> str:
    interval = evaluation.intervals[name]
    limits = f"{_cell(interval.low, digits)} to {_cell(interval.high, digits)}"
    return f"{_cell(value, digits)} ({limits})"


def _cell(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"
