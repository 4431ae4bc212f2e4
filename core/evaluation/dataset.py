"""Which recordings a data set holds, whose they are, and where their annotations lie.

Two kinds of folder are understood: BIDS (``sub-*/**/*_eeg.edf`` with ``*_events.tsv``), and a tree
like that of the TUH Seizure Corpus (``NAME.edf`` with ``NAME.csv_bi`` at any depth).
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import VigilError
from core.evaluation.annotations import AnnotationError, Annotations
from core.evaluation.pairing import read_annotations
from core.evaluation.text import number, read_text

__all__ = ["SAME_PATIENT", "UNKNOWN", "DatasetError", "DatasetRecording", "find_dataset"]

SAME_PATIENT: Mapping[str, str] = {
    # Goldberger et al. 2000, PhysioNet: the second recording of the child was made 1.5 years later.
    "chb21": "chb01",
    "chb17a": "chb17",
    "chb17b": "chb17",
    "chb17c": "chb17",
}
"""Names that stand for a patient who is known by another name (CHB-MIT)."""

UNKNOWN = "unknown"
"""Data set of a recording that no table assigns to one."""

_SUFFIXES = (".edf", ".bdf")
_TUSZ_NAME = re.compile(r"([a-z]{8})_s\d+_t\d+")
_SUBJECT = "sub-"


class DatasetError(VigilError):
    """A data set is incomplete or contradicts itself."""


@dataclass(frozen=True, slots=True)
class DatasetRecording:
    """One recording of a data set.

    Attributes
    ----------
    path
        The EEG file.
    name
        Path relative to the data set, for tables.
    patient, dataset
        Whose it is, and from which data set.
    annotations
        What experts marked.
    joins_s
        Where pieces of a composite recording were laid end to end, in seconds.
    """

    path: Path
    name: str
    patient: str
    dataset: str
    annotations: Annotations
    joins_s: tuple[float, ...] = ()


def find_dataset(folder: Path) -> list[DatasetRecording]:
    """List the recordings of a data set with their annotations, sorted by path.

    Parameters
    ----------
    folder
        BIDS, where a ``sub-*`` folder is in it, or else a tree of EDF and csv_bi files.

    Raises
    ------
    DatasetError
        Where the folder is missing or holds no recording, a recording has no annotations or the
        other way round, or a file is there twice.
    AnnotationError
        Where annotations cannot be read.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder")
    datasets = _read_participants(folder / "participants.tsv")
    bids = any(path.is_dir() for path in folder.glob(f"{_SUBJECT}*"))
    pairs = _bids_pairs(folder) if bids else _tree_pairs(folder)
    if not pairs:
        kind = "sub-*/**/*_eeg.edf with *_events.tsv, or NAME.edf with NAME.csv_bi"
        raise DatasetError(f"{folder}: holds no recording ({kind})")
    recordings = []
    for path, events in pairs:
        subject = path.relative_to(folder).parts[0] if bids else _tusz_patient(path)
        name = subject.removeprefix(_SUBJECT)
        recordings.append(
            DatasetRecording(
                path=path,
                name=path.relative_to(folder).as_posix(),
                patient=SAME_PATIENT.get(name, name),
                dataset=datasets.get(name, UNKNOWN),
                annotations=read_annotations(events),
                joins_s=_read_joins(path) if bids else (),
            )
        )
    return recordings


def _tusz_patient(path: Path) -> str:
    """Patient of ``aaaaaasf_s001_t000``; any other name is a patient of its own."""
    match = _TUSZ_NAME.fullmatch(path.stem)
    return match[1] if match else path.stem


def _bids_pairs(folder: Path) -> list[tuple[Path, Path]]:
    files = [
        path for path in _files(folder) if path.relative_to(folder).parts[0].startswith(_SUBJECT)
    ]
    eeg = _unique(path for path in files if _is_eeg(path) and path.stem.endswith("_eeg"))
    events = _unique(path for path in files if path.name.endswith("_events.tsv"))
    return _pair(eeg, events, "_events.tsv")


def _tree_pairs(folder: Path) -> list[tuple[Path, Path]]:
    files = _files(folder)
    eeg = _unique(path for path in files if _is_eeg(path))
    events = _unique(path for path in files if path.suffix == ".csv_bi")
    return _pair(eeg, events, ".csv_bi")


def _files(folder: Path) -> list[Path]:
    """List all files but hidden ones, sorted; linked folders are followed, each once."""
    found: list[Path] = []
    seen: set[Path] = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        here = Path(parent)
        if here.resolve() in seen:
            folders.clear()
            continue
        seen.add(here.resolve())
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [here / name for name in names if not name.startswith(".")]
    return sorted(path for path in found if path.is_file())


def _is_eeg(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES


def _unique(paths: Iterable[Path]) -> dict[str, Path]:
    """Key paths by the name of their recording, which must be there once in the whole data set."""
    found: dict[str, Path] = {}
    for path in paths:
        name = path.name.removesuffix("_events.tsv") if path.suffix == ".tsv" else path.stem
        name = name.removesuffix("_eeg")
        if name in found:
            raise DatasetError(f"{path}: {name} is there twice, also as {found[name]}")
        found[name] = path
    return found


def _pair(
    eeg: Mapping[str, Path], events: Mapping[str, Path], ending: str
) -> list[tuple[Path, Path]]:
    for name, path in eeg.items():
        if name not in events:
            raise DatasetError(f"{path}: no annotations for it ({name}{ending})")
        if events[name].parent != path.parent:
            raise DatasetError(f"{path}: its annotations lie elsewhere ({events[name]})")
    for name, path in events.items():
        if name not in eeg:
            raise DatasetError(f"{path}: no recording for it")
    return [(path, events[name]) for name, path in eeg.items()]


def _read_participants(path: Path) -> dict[str, str]:
    """Read the data set of each participant; empty where there is no such table."""
    if not path.is_file():
        return {}
    datasets: dict[str, str] = {}
    for row, where in _rows(path):
        participant = row.get("participant_id", "").removeprefix(_SUBJECT)
        if not participant:
            raise DatasetError(f"{where}: no participant_id")
        dataset = row.get("dataset") or UNKNOWN
        if datasets.setdefault(participant, dataset) != dataset:
            raise DatasetError(f"{where}: {participant} is there twice, with another dataset")
    return {
        name: UNKNOWN if dataset.lower() == "n/a" else dataset for name, dataset in datasets.items()
    }


def _read_joins(eeg: Path) -> tuple[float, ...]:
    """Onsets of the pieces of a composite, the first one apart; none without a table of joins."""
    path = eeg.with_name(eeg.stem.removesuffix("_eeg") + "_joins.tsv")
    if not path.is_file():
        return ()
    onsets = [number(row.get("onset", ""), "onset", where) for row, where in _rows(path)]
    return tuple(sorted(onset for onset in onsets if onset > 0))


def _rows(path: Path) -> list[tuple[dict[str, str], str]]:
    """Rows of a tab-separated table with the place of each, for messages."""
    lines = [line.rstrip("\r") for line in read_text(path).split("\n")]
    columns = lines[0].split("\t")
    rows = []
    for line_number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        where = f"{path}, line {line_number}"
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != len(columns):
            raise AnnotationError(f"{where}: {len(fields)} columns, must be {len(columns)}")
        rows.append((dict(zip(columns, fields, strict=True)), where))
    return rows
