"""The command that trains a network."""

import json as json_format
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.progress import progress_bar

__all__ = ["train"]


def train(
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG.toml", help="TOML file; models are in configs/train/."),
    ],
    data: Annotated[
        Path, typer.Option(metavar="BIDS_DIR", help="BIDS data set, or a tree of EDF and csv_bi.")
    ] = Path("data"),
    out: Annotated[
        Path | None, typer.Option(help="Folder of the training; training/NAME without it.")
    ] = None,
    cache: Annotated[
        Path, typer.Option(help="Folder of conditioned signals, shared by trainings.")
    ] = Path("training/cache"),
    fold: Annotated[
        int | None, typer.Option(min=0, help="Cross-validation: the fold that is left out.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was cut off.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Train a network on annotated recordings, which are divided by patient."""
    # torch loads only where it is needed
    from core.training.settings import load_training_settings
    from core.training.train import train_network

    settings = load_training_settings(config)
    name = config.stem if fold is None else f"{config.stem}-fold{fold}"
    folder = out or Path("training") / name
    with progress_bar(name) as progress:
        summary = train_network(
            settings, data, folder, cache, fold=fold, resume=resume, report=progress.say
        )
    if summary is None:  # a peer of the process that reports
        return
    if json:
        typer.echo(json_format.dumps(summary, allow_nan=False))
    else:
        _print(summary)


def _print(summary: dict[str, Any]) -> None:
    dev = summary["dev"]
    typer.echo(
        f"{summary['n_epochs']} epochs, {summary['n_steps']} steps "
        f"({summary['skipped_steps']} skipped as not finite)."
    )
    if dev:
        typer.echo(
            f"Best epoch {summary['best_epoch']} on dev: AUROC {_cell(dev['auroc'])}, AUPRC "
            f"{_cell(dev['auprc'])}; sensitivity at {summary['fa_per_24h']} FA/24 h: TAES "
            f"{_cell(dev['taes'])}, OVLP {_cell(dev['ovlp'])}, SzCORE {_cell(dev['szcore'])}."
        )
    calibration = summary["calibration"]
    typer.echo(
        f"Calibration: temperature {calibration['temperature']:.3f}, "
        f"bias {calibration['bias']:+.2f}."
    )
    if not summary["tensorboard"]:
        typer.echo("TensorBoard is not installed: only the CSV tables were written.")
    typer.echo(f"Weights: {summary['weights']}")


def _cell(value: float | None) -> str:
    return "n/a" if value is None or not math.isfinite(value) else f"{value:.3f}"
