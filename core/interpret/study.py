"""A whole look inside: data, networks, findings, report."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch

from core.errors import VigilError
from core.evaluation.dataset import DatasetRecording, find_dataset
from core.interpret.classifier_study import study_classifier
from core.interpret.detector_study import study_detector
from core.interpret.findings import Finding, weigh_findings
from core.interpret.results import NetworkResult
from core.interpret.segments import choose_segments
from core.interpret.settings import InterpretSettings
from core.simulate import simulate_recording
from core.training.cache import SignalCache
from core.training.crops import Material
from core.training.prepare import choose

__all__ = ["Study", "simulate_dataset", "study"]

_ACTIVATIONS = "activations"
_SIMULATED_PATIENTS, _SIMULATED_MINUTES = 8, 4.0
_WEIGHT_OF_DETECTOR = 1.0
"""Time for the big detector, as a multiple of that for one kind of input."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What was looked at, and what was found.

    Attributes
    ----------
    settings
        Everything that was told.
    patients
        Who was looked at.
    n_seizure, n_background
        Segments.
    classifiers
        One for each kind of input.
    detector
        The big network; None where it was left out.
    findings
        Three for each classifier.
    software
        Versions.
    """

    settings: InterpretSettings
    patients: tuple[str, ...]
    n_seizure: int
    n_background: int
    classifiers: tuple[NetworkResult, ...]
    detector: NetworkResult | None
    findings: tuple[Finding, ...]
    software: str


def study(
    settings: InterpretSettings,
    data: Path,
    out: Path,
    cache_folder: Path,
    weights: Path | None,
    progress: Callable[[float, str], None],
) -> Study:
    """Train, record, measure, silence.

    Parameters
    ----------
    settings
        Everything that can be told.
    data
        Data set.
    out
        Folder; activations are kept in it.
    cache_folder
        Of conditioned signals.
    weights
        The big detector's; None for the built-in ones.
    progress
        Takes the share that is done, and what is going on.

    Raises
    ------
    VigilError
        Where data, cache, weights or folder cannot be used.
    """
    recordings = choose(data, settings.datasets)
    if settings.folds > len({recording.patient for recording in recordings}):
        raise VigilError(f"{data}: fewer patients than the {settings.folds} folds")
    cache = SignalCache(cache_folder, settings.detector)
    _make_folder(out)
    shutil.rmtree(out / _ACTIVATIONS, ignore_errors=True)
    cache.fill(recordings, lambda share: progress(0.1 * share, "conditioning"))
    loss = settings.training().loss

    def material(side: Sequence[DatasetRecording]) -> Material:
        signals = [cache.open(recording.path) for recording in side]
        return Material(side, signals, settings.detector, loss.border_s, loss.border_weight)

    segments = choose_segments(
        material(recordings), settings.classifier.segment_s, settings.per_class
    )
    with_detector = settings.detector_network.windows_per_patient > 0
    inputs = settings.classifier.inputs
    part = 0.9 / (len(inputs) + _WEIGHT_OF_DETECTOR * with_detector)
    classifiers = []
    for k, input_type in enumerate(inputs):

        def say(share: float, text: str, begin: float = 0.1 + k * part) -> None:
            progress(begin + part * share, text)

        classifiers.append(
            study_classifier(
                settings,
                input_type,
                recordings,
                segments,
                material,
                out / _ACTIVATIONS / input_type,
                say,
            )
        )
    detector = None
    if with_detector:
        detector = study_detector(
            settings,
            weights,
            segments,
            out / _ACTIVATIONS / settings.detector.model.preset,
            lambda share, text: progress(1 - part * (1 - share), text),
        )
    progress(1.0, "done")
    return Study(
        settings=settings,
        patients=tuple(segments.names()),
        n_seizure=int(segments.ictal.sum()),
        n_background=int((~segments.ictal).sum()),
        classifiers=tuple(classifiers),
        detector=detector,
        findings=tuple(each for network in classifiers for each in weigh_findings(network)),
        software=f"vigil-eeg {version('vigil-eeg')}, torch {torch.__version__}, "
        f"umap-learn {version('umap-learn')}, scikit-learn {version('scikit-learn')}",
    )


def simulate_dataset(folder: Path, seed: int, progress: Callable[[float], None]) -> Path:
    """Make simulated patients to look at where there are no real ones; each keeps its file."""
    for k in range(_SIMULATED_PATIENTS):
        name = f"sim{k + 1:02}"
        place = folder / f"sub-{name}" / "eeg"
        path = place / f"sub-{name}_eeg.edf"
        if not path.is_file():
            _make_folder(place)
            simulate_recording(path, _SIMULATED_MINUTES, 2, seed + k)
        progress((k + 1) / _SIMULATED_PATIENTS)
    find_dataset(folder)
    return folder


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VigilError(f"{folder}: cannot be made ({error.strerror})") from error
