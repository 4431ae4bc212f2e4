"""A whole training: data, split, loop, and the record of it."""

import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from core.evaluation.text import write_text
from core.model.engine import resolve_device
from core.model.presets import PRESETS, LineLengthPreset
from core.training.dev_pass import DevScores
from core.training.line_length import fit_line_length
from core.training.loop import STATE, Training, TrainingResult
from core.training.prepare import Prepared, prepare
from core.training.processes import join_processes
from core.training.settings import TrainingSettings
from core.training.state import StateError

__all__ = ["RECORD", "train_network"]

RECORD = "training.json"
"""What was trained, on whom, and how it ended."""


def train_network(
    settings: TrainingSettings,
    data: Path,
    out: Path,
    cache: Path,
    *,
    fold: int | None = None,
    resume: bool = False,
    report: Callable[[float, str], None] = lambda _share, _text: None,
) -> dict[str, Any] | None:
    """Train a network and leave checkpoint, state, journal and record in a folder.

    Parameters
    ----------
    settings
        Everything that a training can be told.
    data
        Data set.
    out, cache
        Folder of the training, and of conditioned signals.
    fold
        Which fold is left out; None: the split by names.
    resume
        Go on from the state in ``out``.
    report
        Takes the share that is done and a line of text.

    Returns
    -------
    dict or None
        The record; None in processes other than the leader.

    Raises
    ------
    VigilError
        Where data, split, cache, state or folder cannot be used.
    """
    if not resume and (out / STATE).exists():
        raise StateError(f"{out}: holds a training already; use --resume or another --out")
    if not resume and (out / RECORD).exists():  # line length, which leaves no state
        raise StateError(f"{out}: holds a finished training already; use another --out")
    if resume and not (out / STATE).is_file():
        raise StateError(f"{out}: holds no training to resume ({STATE})")
    use_gpu = resolve_device(settings.detector).type == "cuda"
    with join_processes(use_gpu=use_gpu) as processes:
        prepared: Prepared | None = None
        if processes.leads:
            try:
                out.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StateError(f"{out}: cannot be written ({error.strerror})") from error
            prepared = prepare(settings, data, cache, fold, lambda s: report(s, "conditioning"))
        # The leader has filled the cache before the others look at it.
        processes.from_leader(None)
        if prepared is None:
            prepared = prepare(settings, data, cache, fold, lambda _: None)
        identity = {
            "settings_hash": settings.hash,
            "fold": "none" if fold is None else str(fold),
            "train": ",".join(prepared.split.patients()["train"]),
            "dev": ",".join(prepared.split.patients()["dev"]),
        }
        began = datetime.now().astimezone()
        if isinstance(PRESETS[settings.detector.model.preset], LineLengthPreset):
            result = fit_line_length(settings, prepared.train, prepared.dev, out)
        else:
            training = Training(
                settings, prepared.train, prepared.dev, out, processes, identity, report
            )
            result = training.run(resume=resume)
        if not processes.leads:
            return None
        record = _record(settings, prepared, result, fold, began)
        write_text(out / RECORD, json.dumps(record, indent=2) + "\n")
        return record


def _record(
    settings: TrainingSettings,
    prepared: Prepared,
    result: TrainingResult,
    fold: int | None,
    began: datetime,
) -> dict[str, Any]:
    return {
        "software": f"vigil-eeg {version('vigil-eeg')}, torch {torch.__version__}",
        "python": sys.version.split()[0],
        "settings": settings.model_dump(mode="json"),
        "settings_hash": settings.hash,
        "fold": fold,
        "patients": prepared.split.patients(),
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now().astimezone().isoformat(timespec="seconds"),
        "n_epochs": result.n_epochs,
        "n_steps": result.n_steps,
        "skipped_steps": result.skipped,
        "best_epoch": result.best_epoch + 1,
        "fa_per_24h": settings.stopping.fa_per_24h,
        "dev": _scores(result.scores),
        "calibration": asdict(result.calibration),
        "weights": str(result.weights),
        "tensorboard": find_spec("tensorboard") is not None,
    }


def _scores(scores: DevScores | None) -> dict[str, float | None]:
    if scores is None:
        return {}
    values = {"auroc": scores.auroc, "auprc": scores.auprc, "loss": scores.loss}
    values |= {str(name): value for name, value in scores.sensitivity.items()}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
