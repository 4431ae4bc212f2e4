"""Calibration on every patient of a cross-validation, each scored by the fold that left them out.

A single training calibrates on its dev patients, who are few: the bias then says more about them
than about the network. The networks of a cross-validation are trained alike, and together they
have left everybody out once. What they made of those patients calibrates a network of the same
settings; and each of the folds too, from the patients that the *other* folds left out.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from core.config import Config
from core.errors import VigilError
from core.evaluation.dataset import DatasetRecording
from core.model.checkpoint import Calibration, load_checkpoint, save_checkpoint
from core.model.engine import resolve_device
from core.training.cache import SignalCache
from core.training.calibrate import fit_calibration
from core.training.crops import Material
from core.training.dev_pass import Stitched, run_network
from core.training.folds import Fold, assign_folds, find_folds
from core.training.prepare import choose
from core.training.settings import TrainingSettings
from core.training.step import autocast
from core.training.train import RECORD

__all__ = ["calibrate_out_of_fold"]

Report = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class _LeftOut:
    """What a fold's network made of the patients whom it was not trained on."""

    weights: Path
    recordings: list[DatasetRecording]
    stitched: list[list[Stitched]]


def calibrate_out_of_fold(
    folder: Path,
    data: Path,
    cache: Path,
    weights: Path | None = None,
    report: Report = lambda _: None,
) -> dict[Path, Calibration]:
    """Calibrate on what every network of a cross-validation made of the patients it never met.

    Checkpoints are written anew, and the ``training.json`` beside them, where there is one.

    Parameters
    ----------
    folder
        Trainings of ``vigil train --fold``, one folder each.
    data
        The data set that they were trained on.
    cache
        Folder of conditioned signals.
    weights
        A network of the same settings, calibrated on all patients. None: the folds themselves, each
        on the patients whom the others left out.
    report
        Takes the share that is done.

    Returns
    -------
    dict
        Calibration by checkpoint.

    Raises
    ------
    VigilError
        Where a training is missing, damaged, alone, or set otherwise than the first; where the
        weights are of another network, or data set, cache or checkpoint cannot be used.
    """
    folds = find_folds(folder)
    settings = _common_settings(folds)
    if weights is not None:
        load_checkpoint(weights, settings.detector)  # before minutes of work
    elif len(folds) < 2:
        raise VigilError(f"{folder}: holds one fold; each is calibrated on what others left out")
    left_out = _score(folds, settings, data, cache, report)
    if weights is not None:
        return {weights: _calibrate(weights, settings.detector, left_out)}
    return {
        mine.weights: _calibrate(
            mine.weights, settings.detector, [other for other in left_out if other is not mine]
        )
        for mine in left_out
    }


def _common_settings(folds: Sequence[Fold]) -> TrainingSettings:
    """Read what all folds were told; networks that were trained otherwise give other logits."""
    first: TrainingSettings | None = None
    for fold in folds:
        path = fold.weights.with_name(RECORD)
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            settings = TrainingSettings.model_validate(record["settings"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VigilError(f"{path}: not the record of a training") from error
        first = first or settings
        if settings.hash != first.hash:
            raise VigilError(
                f"{path}: settings_hash is {settings.hash}, that of the first fold {first.hash}"
            )
    assert first is not None  # find_folds gives at least one
    return first


def _score(
    folds: Sequence[Fold], settings: TrainingSettings, data: Path, cache: Path, report: Report
) -> list[_LeftOut]:
    """Run every network over its own test patients, at the monitor's stride."""
    detector = settings.detector
    assigned, _ = assign_folds(folds, choose(data, settings.data.datasets))
    recordings = [recording for _, own in assigned for recording in own]
    signals = SignalCache(cache, detector)
    signals.fill(recordings, lambda _: None)
    device = resolve_device(detector)
    left_out: list[_LeftOut] = []
    n_done = 0
    for fold, own in assigned:
        network, _ = load_checkpoint(fold.weights, detector)
        stitched = run_network(
            network.to(device),
            Material(own, [signals.open(each.path) for each in own], detector),
            detector.windows.stride_s,
            lambda: autocast(settings.optimisation, device),
            partial(_report_part, report, n_done / len(recordings), len(own) / len(recordings)),
        )
        left_out.append(_LeftOut(fold.weights, own, stitched))
        n_done += len(own)
    return left_out


def _report_part(report: Report, before: float, share: float, done: float) -> None:
    report(before + share * done)


def _calibrate(weights: Path, detector: Config, left_out: Sequence[_LeftOut]) -> Calibration:
    network, info = load_checkpoint(weights, detector)
    recordings = [recording for each in left_out for recording in each.recordings]
    stitched = [segments for each in left_out for segments in each.stitched]
    calibration = fit_calibration(Material(recordings, (), detector), stitched)
    save_checkpoint(weights, network, detector, calibration, info.storage)
    path = weights.with_name(RECORD)
    if path.is_file():
        record = json.loads(path.read_text(encoding="utf-8"))
        record["calibration"] = asdict(calibration)
        record["calibrated_on"] = sorted({recording.patient for recording in recordings})
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return calibration
