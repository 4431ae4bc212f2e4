"""The commands that train a network and calibrate it."""

import json as json_format
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.progress import progress_bar

__all__ = ["calibrate", "train"]


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


def calibrate(
    folds: Annotated[
        Path,
        typer.Argument(metavar="FOLDS_DIR", help="Folder of a cross-validation (train --fold)."),
    ],
    data: Annotated[
        Path, typer.Option(metavar="BIDS_DIR", help="The data set of the cross-validation.")
    ] = Path("data"),
    weights: Annotated[
        Path | None,
        typer.Option(help="Another network, trained alike, to calibrate; without it, the folds."),
    ] = None,
    cache: Annotated[Path, typer.Option(help="Folder of conditioned signals.")] = Path(
        "training/cache"
    ),
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Calibrate on all patients of a cross-validation, each scored by who left them out.

    Writes temperature and bias into the checkpoint of --weights, or into each fold's own, fitted on
    the patients that the other folds left out.
    """
    # torch loads only where it is needed
    from core.training.out_of_fold import calibrate_out_of_fold

    with progress_bar(folds.name) as progress:
        fitted = calibrate_out_of_fold(folds, data, cache, weights, progress.say)
    if json:
        values = {str(path): asdict(calibration) for path, calibration in fitted.items()}
        typer.echo(json_format.dumps(values, allow_nan=False))
        return
    for path, calibration in fitted.items():
        typer.echo(f"{path}: {_calibration_text(asdict(calibration))}")


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
    typer.echo(f"Calibration: {_calibration_text(summary['calibration'])}.")
    if not summary["tensorboard"]:
        typer.echo("TensorBoard is not installed: only the CSV tables were written.")
    typer.echo(f"Weights: {summary['weights']}")


def _calibration_text(calibration: dict[str, float]) -> str:
    return f"temperature {calibration['temperature']:.3f}, bias {calibration['bias']:+.2f}"


def _cell(value: float | None) -> str:
    return "n/a" if value is None or not math.isfinite(value) else f"{value:.3f}"
