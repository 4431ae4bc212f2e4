"""The shallow CNN from training to silencing, in a cross-validation over patients."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from core.errors import VigilError
from core.evaluation.dataset import DatasetRecording
from core.interpret.classifier import build_classifier, train_classifier
from core.interpret.ensembles import SIDES
from core.interpret.layer_study import (
    Recorded,
    alignment,
    find_group,
    lay_out,
    measure_population,
    next_layers,
)
from core.interpret.recorder import Piece, Recorder, layers_of, open_activations
from core.interpret.results import (
    INPUT,
    Embedding,
    LayerResult,
    NetworkResult,
    Population,
    UnitGroup,
)
from core.interpret.segments import SegmentSet
from core.interpret.separation import Separation, merge
from core.interpret.settings import InterpretSettings
from core.interpret.silencing import INTACT, Outcome, outcomes
from core.model.presets import InputType
from core.model.shallow_cnn import ShallowCnn
from core.training.crops import Material
from core.training.settings import SplitSettings
from core.training.split import Split, split_patients
from core.types import BoolArray, FloatArray

__all__ = ["study_classifier"]

Floats = npt.NDArray[np.float64]

_BATCH = 64
_TRAINING, _RECORDING, _LAYERS = 0.4, 0.1, 0.5
"""Shares of a fold's time, for the progress bar."""


@dataclass(frozen=True, slots=True, eq=False)
class _FoldResult:
    separation: dict[str, Separation]
    untrained: dict[str, Separation]
    groups: dict[str, UnitGroup]
    outcomes: list[Outcome]


def study_classifier(
    settings: InterpretSettings,
    input_type: InputType,
    recordings: Sequence[DatasetRecording],
    segments: SegmentSet,
    material: Callable[[Sequence[DatasetRecording]], Material],
    folder: Path,
    progress: Callable[[float, str], None],
) -> NetworkResult:
    """Train on all folds but one, look at the patients of that one, and go round.

    Parameters
    ----------
    settings
        Everything that can be told.
    input_type
        What the network sees.
    recordings
        All of them; only patients of :attr:`SegmentSet.patients` are held out and looked at.
    segments
        What is looked at.
    material
        Makes training material of recordings.
    folder
        For the activations; those of the last fold stay.
    progress
        Takes the share that is done, and what is going on.
    """
    names = [INPUT, *build_classifier(settings, input_type).layers()]
    untrained = build_classifier(settings, input_type)
    _settle(untrained, segments)
    _record(untrained, segments, folder / "untrained")
    folds: list[_FoldResult] = []
    populations: dict[str, list[Population]] = {name: [] for name in names}
    plain: dict[str, list[Population]] = {name: [] for name in names}
    tables: dict[str, Floats] = {}
    plain_tables: dict[str, Floats] = {}
    embeddings: dict[str, Embedding] = {}
    n_units: dict[str, int] = {}
    splits = _splits(settings, recordings, segments)
    for fold, (split, held_out) in splits.items():

        def say(share: float, fold: int = fold) -> None:
            done = (fold + share) / settings.folds
            progress(done, f"{input_type}, fold {fold + 1} of {settings.folds}")

        network = train_classifier(
            settings,
            input_type,
            material([*split.train, *split.dev]),
            _part(say, _TRAINING),
        )
        _record(network, segments, folder / "trained")
        say(_TRAINING + _RECORDING)
        now = Recorded(folder / "trained", segments.ictal, segments.patients, held_out)
        before = Recorded(folder / "untrained", segments.ictal, segments.patients, held_out)
        found = _FoldResult({}, {}, {}, [])
        for k, name in enumerate(names):
            found.separation[name] = now.separation(name, settings)
            found.untrained[name] = before.separation(name, settings, baseline=False)
            populations[name].append(measure_population(now, name))
            plain[name].append(measure_population(before, name))
            units = open_activations(now.folder, name).units
            n_units[name] = units.shape[1]
            if name != INPUT:
                group = find_group(now, name, settings, fold)
                found.groups[name] = group
                means = torch.from_numpy(np.asarray(units[~held_out]).mean(axis=0))
                found.outcomes.extend(
                    outcomes(
                        network,
                        name,
                        {side: group.ensembles.order(side) for side in SIDES},
                        means,
                        segments.of(split.patients()["test"]),
                        settings.ensembles,
                        settings.seed,
                    )
                )
            if fold == max(splits):
                embeddings[name] = lay_out(now, name, settings)
            say(_TRAINING + _RECORDING + _LAYERS * (k + 1) / len(names))
        tables |= alignment(now, names)
        plain_tables |= alignment(before, names)
        folds.append(found)
    layers = tuple(
        LayerResult(
            name=name,
            n_units=n_units[name],
            separation=merge([fold.separation[name] for fold in folds]),
            population=_join(populations[name]),
            untrained_separation=merge([fold.untrained[name] for fold in folds]),
            untrained_population=_join(plain[name]),
            groups=tuple(fold.groups[name] for fold in folds if name in fold.groups),
            embedding=embeddings[name],
            next_cka=next_layers(tables, k),
            untrained_next_cka=next_layers(plain_tables, k),
        )
        for k, name in enumerate(names)
    )
    every = tuple(each for fold in folds for each in fold.outcomes)
    intact = {each.patient: each for each in every if each.target == INTACT}
    return NetworkResult(
        name=input_type,
        layers=layers,
        cka=np.nanmean(np.stack(list(tables.values())), axis=0),
        performance={
            name: (each.auroc, each.sensitivity, each.specificity) for name, each in intact.items()
        },
        outcomes=every,
        examples=_examples(untrained, segments),
        note="no patient was in the training of the network that is shown to be silenced on them",
    )


def _splits(
    settings: InterpretSettings, recordings: Sequence[DatasetRecording], segments: SegmentSet
) -> dict[int, tuple[Split, BoolArray]]:
    """Make the folds that leave somebody out to be looked at, and somebody in to learn from."""
    found = {}
    for fold in range(settings.folds):
        split = split_patients(recordings, SplitSettings(folds=settings.folds), settings.seed, fold)
        held_out = np.isin(segments.patients, split.patients()["test"])
        if held_out.any() and not held_out.all():
            found[fold] = (split, held_out)
    if not found:
        raise VigilError("no fold divides the patients who have both seizure and background")
    return found


def _settle(network: ShallowCnn, segments: SegmentSet) -> None:
    """Give batch norm the statistics of the data, and leave the random weights as they are.

    Without them its units would be larger and less often silent than those of any trained network,
    for no reason that has to do with learning.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over batches
    order = np.random.default_rng(0).permutation(len(segments))
    network.train()
    with torch.no_grad():
        for chosen in np.array_split(order, max(1, len(order) // _BATCH)):
            data = np.stack([segments.data(k, k + 1)[0] for k in chosen.tolist()])
            network(torch.from_numpy(data))
    network.eval()


def _part(say: Callable[[float], None], whole: float) -> Callable[[float], None]:
    """Return what takes the share that is done of a first part, itself a share of the whole."""
    return lambda share: say(whole * share)


def _record(network: ShallowCnn, segments: SegmentSet, folder: Path) -> None:
    def batches() -> Iterator[tuple[FloatArray, list[Piece]]]:
        for start in range(0, len(segments), _BATCH):
            data = segments.data(start, min(start + _BATCH, len(segments)))
            yield data, [Piece(row, 0, data.shape[2]) for row in range(len(data))]

    # Its input is what the first convolution sees, be it a spectrogram.
    layers = {INPUT: network.front, **layers_of(network)}
    Recorder(network, layers, folder, len(segments)).run(batches())


def _join(parts: Sequence[Population]) -> Population:
    fields = ("active", "sparseness", "lifetime", "dimension", "correlation")
    return Population(
        **{
            field: {name: v for part in parts for name, v in getattr(part, field).items()}
            for field in fields
        }
    )


def _examples(network: ShallowCnn, segments: SegmentSet) -> tuple[FloatArray, ...]:
    """Show a background and a seizure segment of the first patient as the first layer sees them."""
    first = segments.names()[0]
    chosen = []
    for ictal in (False, True):
        mine = np.flatnonzero((segments.patients == first) & (segments.ictal == ictal))
        middle = int(mine[len(mine) // 2])
        x = torch.from_numpy(segments.data(middle, middle + 1))
        with torch.inference_mode():
            chosen.append(network.front(x)[0].numpy())
    return tuple(chosen)
