"""Calibration on every patient of a cross-validation, each scored by the fold that left them out.

A single training calibrates on its dev patients, who are few: the bias then says more about them
than about the network. The networks of a cross-validation are trained alike, and together they
have left everybody out once. What they made of those patients calibrates another network that was
trained alike; and each of the folds too, from the patients whom the *other* folds left out.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from core.config import Config
from core.errors import VigilError
from core.evaluation.dataset import DatasetRecording
from core.evaluation.text import write_text
from core.model.checkpoint import Calibration, load_checkpoint, save_checkpoint
from core.model.engine import resolve_device
from core.model.line_length import LineLength
from core.training.cache import SignalCache
from core.training.calibrate import fit_calibration
from core.training.crops import Material
from core.training.dev_pass import Stitched, run_network
from core.training.folds import Fold, assign_folds, find_folds, find_record
from core.training.line_length import run_line_length
from core.training.prepare import choose
from core.training.settings import TrainingSettings
from core.training.step import autocast

__all__ = ["calibrate_out_of_fold"]

Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class _LeftOut:
    """What a fold's network made of the patients whom it was not trained on."""

    weights: Path
    recordings: list[DatasetRecording]
    stitched: list[list[Stitched]]


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    """A checkpoint to calibrate, and the record of its training, where there is one."""

    weights: Path
    record_path: Path | None
    record: dict[str, Any]


def calibrate_out_of_fold(
    folder: Path,
    data: Path,
    cache: Path,
    weights: Path | None = None,
    report: Report = lambda _share, _text: None,
) -> dict[Path, Calibration]:
    """Calibrate on what every network of a cross-validation made of the patients it never met.

    Checkpoints are written anew, once all is computed, and so is the record of the training where
    there is one: it then names the patients under ``calibrated_on``.

    Parameters
    ----------
    folder
        Trainings of ``vigil train --fold``, one folder each.
    data
        The data set that they were trained on.
    cache
        Folder of conditioned signals.
    weights
        Another network, calibrated on all patients whom the folds left out. None: the folds
        themselves, each on the patients whom the others left out.
    report
        Takes the share that is done and a line of text.

    Returns
    -------
    dict
        Calibration by checkpoint.

    Raises
    ------
    VigilError
        Where a training is missing, damaged, alone, or set otherwise than the first; where the
        weights are of another preset or one of the folds; where a fold's patients are not in the
        data, or those to calibrate on have no seizure; or where a file cannot be used.
    """
    folds = find_folds(folder)
    settings = _common_settings(folds)
    # Folds may have been trained on another computer than this one.
    device_free = settings.detector.inference.model_copy(update={"device": "auto"})
    detector = settings.detector.model_copy(update={"inference": device_free})
    if weights is None and len(folds) < 2:
        raise VigilError(f"{folder}: holds one fold; each is calibrated on what others left out")
    if weights is not None and weights.resolve() in {fold.weights.resolve() for fold in folds}:
        raise VigilError(f"{weights}: is one of the folds, and would see its own test patients")
    # Before minutes of work.
    chosen = [fold.weights for fold in folds] if weights is None else [weights]
    targets = [_target(path, detector) for path in chosen]
    left_out = _score(folds, settings, detector, data, cache, report)
    fitted = {}
    for target in targets:
        others = [each for each in left_out if each.weights != target.weights]
        fitted[target.weights] = _fit(target.weights, others, detector)
    patients = {each.weights: {one.patient for one in each.recordings} for each in left_out}
    for target in targets:
        known = [own for path, own in patients.items() if path != target.weights]
        _write(target, detector, fitted[target.weights], sorted(set().union(*known)))
    return fitted


def _common_settings(folds: Sequence[Fold]) -> TrainingSettings:
    """Read what all folds were told; networks that were trained otherwise give other logits."""
    first: TrainingSettings | None = None
    for fold in folds:
        path = find_record(fold.weights)
        assert path is not None  # find_folds found the fold by it
        try:
            settings = TrainingSettings.model_validate(_read(path)["settings"])
        except (ValueError, KeyError) as error:
            raise VigilError(f"{path}: not the record of a training") from error
        first = first or settings
        if settings.hash != first.hash:
            raise VigilError(
                f"{path}: settings_hash is {settings.hash}, that of the first fold {first.hash}"
            )
    assert first is not None  # find_folds gives at least one
    return first


def _target(weights: Path, detector: Config) -> _Target:
    load_checkpoint(weights, detector)
    path = find_record(weights)
    return _Target(weights, path, _read(path) if path else {})


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VigilError(f"{path}: not the record of a training") from error
    if not isinstance(record, dict):
        raise VigilError(f"{path}: not the record of a training")
    return record


def _score(
    folds: Sequence[Fold],
    settings: TrainingSettings,
    detector: Config,
    data: Path,
    cache: Path,
    report: Report,
) -> list[_LeftOut]:
    """Run every network over its own test patients, at the monitor's stride."""
    assigned, _ = assign_folds(folds, choose(data, settings.data.datasets))
    found = {fold.weights: {recording.patient for recording in own} for fold, own in assigned}
    for fold in folds:
        missing = fold.test - found.get(fold.weights, set())
        if missing or not fold.test:
            names = ", ".join(sorted(missing)) or "nobody"
            raise VigilError(f"{data}: no recording of whom {fold.weights} left out ({names})")
    recordings = [recording for _, own in assigned for recording in own]
    signals = SignalCache(cache, detector)
    signals.fill(recordings, partial(_report, report, "conditioning", 0.0, 1.0))
    torch.set_num_threads(settings.threads)
    left_out: list[_LeftOut] = []
    n_done = 0
    for fold, own in assigned:
        material = Material(own, [signals.open(each.path) for each in own], detector)
        share = partial(
            _report, report, "scoring", n_done / len(recordings), len(own) / len(recordings)
        )
        stitched = _run(fold.weights, material, settings, share)
        left_out.append(_LeftOut(fold.weights, own, stitched))
        n_done += len(own)
    return left_out


def _report(report: Report, text: str, before: float, share: float, done: float) -> None:
    report(before + share * done, text)


def _run(
    weights: Path,
    material: Material,
    settings: TrainingSettings,
    progress: Callable[[float], None],
) -> list[list[Stitched]]:
    network, _ = load_checkpoint(weights, material.config)
    if isinstance(network, LineLength):
        return run_line_length(network, material)
    device = resolve_device(material.config)
    return run_network(
        network.to(device),
        material,
        material.config.windows.stride_s,
        lambda: autocast(settings.optimisation, device),
        progress,
    )


def _fit(weights: Path, left_out: Sequence[_LeftOut], detector: Config) -> Calibration:
    recordings = [recording for each in left_out for recording in each.recordings]
    stitched = [segments for each in left_out for segments in each.stitched]
    ictal = [piece.ictal for segments in stitched for piece in segments]
    if not any(each.any() for each in ictal) or all(each.all() for each in ictal):
        raise VigilError(f"{weights}: whom the other folds left out have seizure alone, or none")
    return fit_calibration(Material(recordings, (), detector), stitched)


def _write(
    target: _Target, detector: Config, calibration: Calibration, patients: Sequence[str]
) -> None:
    network, info = load_checkpoint(target.weights, detector)
    save_checkpoint(target.weights, network, detector, calibration, info.storage)
    if target.record_path is not None:
        record = target.record | {"calibration": asdict(calibration), "calibrated_on": patients}
        write_text(target.record_path, json.dumps(record, indent=2) + "\n")
