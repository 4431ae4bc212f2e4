"""The big detector's layers, on patients whom its weights have not met."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from core.interpret.layer_study import (
    Recorded,
    alignment,
    find_group,
    lay_out,
    measure_population,
    next_layers,
)
from core.interpret.recorder import Piece, Recorder, layers_of, open_activations
from core.interpret.results import INPUT, LayerResult, NetworkResult
from core.interpret.segments import SegmentSet
from core.interpret.separation import merge
from core.interpret.settings import InterpretSettings
from core.model.builtin import UNTRAINED, weights_file
from core.model.checkpoint import load_checkpoint
from core.model.network import build_network
from core.training.crops import Crop
from core.training.folds import find_record
from core.types import FloatArray

__all__ = ["choose_unseen", "study_detector"]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A window, and which segments of the set lie in it."""

    window: Crop
    segments: tuple[int, ...]


def choose_unseen(weights: Path | None, names: Sequence[str]) -> tuple[list[str], str]:
    """Choose the patients whom a network's training has not seen, by its record.

    Parameters
    ----------
    weights
        The checkpoint; the record lies beside it. None: random weights, which have seen nobody.
    names
        Patients to choose from.

    Returns
    -------
    chosen
        Those who were not trained on; all of them where this leaves fewer than two.
    note
        How far they were unknown.
    """
    if weights is None:
        return list(names), f"{UNTRAINED}: the network has seen nobody"
    path = find_record(weights)
    try:
        record = json.loads(path.read_text(encoding="utf-8")) if path else {}
        seen = set(record["patients"]["train"])
        judged = set(record["patients"]["dev"]) | set(record.get("calibrated_on", ()))
    except (OSError, ValueError, KeyError, TypeError):
        return list(names), "nothing says whom the network was trained on: perhaps these patients"
    chosen = [name for name in names if name not in seen]
    if len(chosen) < 2:
        return list(names), "the network was trained on some of these patients"
    if judged & set(chosen):
        return chosen, (
            "the network was not trained on these patients, but its epoch or its calibration was "
            "chosen on some of them"
        )
    return chosen, "the network has never met these patients"


def study_detector(
    settings: InterpretSettings,
    weights: Path | None,
    segments: SegmentSet,
    folder: Path,
    progress: Callable[[float, str], None],
) -> NetworkResult:
    """Record whole windows, as the monitor scores them, and look at the segments in them.

    The probe and the neighbours of one patient's segments are those of the other patients.

    Parameters
    ----------
    settings
        How many windows and patients; the detector's configuration.
    weights
        A checkpoint; None for the built-in weights.
    segments
        Candidates.
    folder
        For the activations.
    progress
        Takes the share that is done, and what is going on.
    """
    preset = settings.detector.model.preset
    file = weights_file(weights, preset)
    chosen, note = choose_unseen(file, segments.names())
    network = build_network(preset) if file is None else load_checkpoint(file, settings.detector)[0]
    network.eval().requires_grad_(False)
    torch.set_num_threads(settings.threads)
    chosen = chosen[: settings.detector_network.patients]
    scenes = _scenes(segments, chosen, settings)
    index = np.array([k for scene in scenes for k in scene.segments], dtype=np.intp)
    ictal, patients = segments.ictal[index], segments.patients[index]
    layers = layers_of(network)

    def batches() -> Iterator[tuple[FloatArray, list[Piece]]]:
        for n_done, scene in enumerate(scenes):
            progress(0.6 * n_done / len(scenes), f"{preset}, windows")
            crops = [segments.crops[k] for k in scene.segments]
            pieces = [
                Piece(0, crop.start - scene.window.start, crop.start - scene.window.start + n)
                for crop in crops
                for n in (crop.n_samples,)
            ]
            yield segments.material.cut(scene.window).data[None], pieces

    Recorder(network, layers, folder, len(index)).run(batches())
    names = [INPUT, *layers]
    whole = Recorded(folder, ictal, patients, np.ones(len(ictal), dtype=bool))
    tables = alignment(whole, names)
    found = []
    for k, name in enumerate(names):
        progress(0.6 + 0.4 * k / len(names), f"{preset}, {name}")
        parts = [
            Recorded(folder, ictal, patients, patients == who).separation(name, settings)
            for who in sorted(set(patients.tolist()))
        ]
        known = Recorded(folder, ictal, patients, np.zeros(len(ictal), dtype=bool))
        first = Recorded(folder, ictal, patients, patients == patients[-1])
        found.append(
            LayerResult(
                name=name,
                n_units=open_activations(folder, name).units.shape[1],
                separation=merge(parts),
                population=measure_population(whole, name),
                untrained_separation=None,
                untrained_population=None,
                groups=() if name == INPUT else (find_group(known, name, settings, 0),),
                embedding=lay_out(first, name, settings),
                next_cka=next_layers(tables, k),
                untrained_next_cka={},
            )
        )
    return NetworkResult(
        name=preset,
        layers=tuple(found),
        cka=np.nanmean(np.stack(list(tables.values())), axis=0),
        performance={},
        outcomes=(),
        note=note,
    )


def _scenes(
    segments: SegmentSet, chosen: Sequence[str], settings: InterpretSettings
) -> list[_Scene]:
    """Choose windows that do not overlap and hold as much of both classes as there is."""
    window = settings.detector.window_samples
    places: dict[tuple[str, int, int, int], list[int]] = {}
    for k, crop in enumerate(segments.crops):
        who = str(segments.patients[k])
        inside = crop.start // window == (crop.start + crop.n_samples - 1) // window
        if who in chosen and inside:
            place = (who, crop.recording, crop.segment, crop.start // window)
            places.setdefault(place, []).append(k)
    scenes: list[_Scene] = []
    for name in chosen:
        mine = [(place, ks) for place, ks in places.items() if place[0] == name]
        # Half of the windows for what they hold of the rarer class, then for what they hold at all.
        mine.sort(key=lambda pair: (-_balance(segments, pair[1]), -len(pair[1]), pair[0]))
        for (_, r, s, number), ks in mine[: settings.detector_network.windows_per_patient]:
            scenes.append(_Scene(Crop(r, s, number * window, 0, window), tuple(ks)))
    return scenes


def _balance(segments: SegmentSet, chosen: Sequence[int]) -> int:
    n_ictal = int(segments.ictal[list(chosen)].sum())
    return min(n_ictal, len(chosen) - n_ictal)
