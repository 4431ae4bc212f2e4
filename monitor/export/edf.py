"""The EEG as it was recorded, with the final probability and all annotations, as EDF+C.

Samples are copied as the integers they are. The probability is one signal more at the rate of the
EEG: where rates differ, some readers resample the whole recording.
"""

import io
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import SessionError
from core.io.decoder import record_columns
from core.io.edf_header import EdfSignal
from core.io.edf_layout import edf_labels, plan_records
from core.io.edf_records import RecordFile
from core.io.edf_writer import ANNOTATION_BYTES, EdfChannel, EdfWriter
from monitor.archive.history import EegPart
from monitor.archive.record_signals import part_path
from monitor.export.destination import numbered
from monitor.export.edf_remarks import Remark, remarks_between, session_remarks
from monitor.export.material import Material, Progress

__all__ = ["PROBABILITY_LABEL", "edf_files"]

PROBABILITY_LABEL = "Seizure prob"
_PROBABILITY = EdfChannel(
    PROBABILITY_LABEL,
    physical_min="-1",
    physical_max="1",
    digital_min=-32767,
    digital_max=32767,
    transducer="final probability of the detector; -1: none",
    unit="",
)
_PROBABILITY_HZ = 256.0
_RECORDS_AT_ONCE = 60
_TIMING_BYTES = 48
"""At most, of an annotation beside its text."""

_MOST_ANNOTATION_BYTES = 1 << 14
"""Of a record; more remarks at once go into the records behind it."""


def edf_files(
    material: Material, out: Path, progress: Progress
) -> dict[Path, Callable[[Path], None]]:
    """Plan one file for each part of the EEG: ``out``, then ``..._part2.edf`` and so on.

    Parameters
    ----------
    material
        The session.
    out
        Name of the first file.
    progress
        Takes the share that is done.

    Returns
    -------
    dict
        For each file, what writes it to a path.

    Raises
    ------
    SessionError
        Where the session holds no EEG, or a part is missing.
    """
    if not material.parts:
        raise SessionError(f"{material.folder}: holds no EEG to export")
    for part in material.parts:  # before the first hour is copied
        path = part_path(material.folder, part)
        if not path.is_file():
            raise SessionError(f"{path}: EEG part {part.number} is missing")
    remarks = session_remarks(material)
    files: dict[Path, Callable[[Path], None]] = {}
    for place, part in enumerate(material.parts):
        share = (place / len(material.parts), 1 / len(material.parts))
        is_last = place == len(material.parts) - 1
        copy = _PartCopy(material, part, remarks, is_last=is_last)
        files[numbered(out, place + 1)] = partial(copy.write, progress=_within(progress, *share))
    return files


def _within(progress: Progress, before: float, share: float) -> Progress:
    return lambda done: progress(before + share * done)


class _PartCopy:
    """One part of the EEG on its way into a file."""

    def __init__(
        self, material: Material, part: EegPart, remarks: list[Remark], *, is_last: bool
    ) -> None:
        self._material, self._part = material, part
        self._remarks, self._is_last = remarks, is_last
        self._offset_s = next(run.offset_s for run in material.runs if run.number == part.run)
        self._start_s = self._offset_s + part.start_sample / part.sfreq_hz

    def write(self, path: Path, progress: Progress) -> None:
        """Copy the part.

        Raises
        ------
        VigilError
            Where it cannot be read.
        OSError
            Where the file cannot be written.
        """
        source = part_path(self._material.folder, self._part)
        with (
            closing(RecordFile(source)) as records,
            path.open("wb", buffering=0) as file,
        ):
            self._copy(records, file, progress)

    def _copy(self, records: RecordFile, file: io.FileIO, progress: Progress) -> None:
        part, header = self._part, records.header
        kept = [i for i, signal in enumerate(header.signals) if not signal.is_annotation]
        layout = plan_records(part.sfreq_hz)
        n_records = records.n_records
        if part.n_samples is not None:
            # Behind them there may be a record that only fills up, for the last annotations.
            n_records = min(n_records, max(1, -(-part.n_samples // layout.n_samples)))
        if n_records == 0 or len(kept) != len(part.ch_names):
            raise SessionError(f"{records.path}: does not hold the EEG that the log tells of")
        if {header.signals[i].n_per_record for i in kept} != {layout.n_samples}:
            raise SessionError(f"{records.path}: has another rate than the log tells of")
        columns = record_columns(header, kept)
        record_s = float(layout.record_s)
        remarks = self._own_remarks(records, self._start_s + n_records * record_s)
        labels = edf_labels((*part.ch_names, PROBABILITY_LABEL))
        signals = [header.signals[i] for i in kept]
        writer = EdfWriter(
            file,
            channels=[
                *(_channel(label, signal) for label, signal in zip(labels, signals, strict=False)),
                _PROBABILITY,
            ],
            layout=layout,
            start_time=part.start_time,
            annotation_bytes=_annotation_bytes(remarks, record_s),
        )
        for first in range(0, n_records, _RECORDS_AT_ONCE):
            count = min(_RECORDS_AT_ONCE, n_records - first)
            is_end = first + count == n_records
            while remarks and (is_end or remarks[0].onset_s < (first + count) * record_s):
                remark = remarks.popleft()
                # Some readers drop what does not lie on a sample.
                onset_s = min(remark.onset_s, n_records * record_s - 1 / part.sfreq_hz)
                writer.annotate(onset_s, remark.text, remark.duration_s)
            eeg = records.read(first, count)[:, columns].astype(np.int16)
            probability = self._probability(first * layout.n_samples, count * layout.n_samples)
            writer.write(
                np.concatenate([eeg.swapaxes(0, 1).reshape(len(kept), -1), probability[np.newaxis]])
            )
            progress((first + count) / n_records)
        if writer.n_waiting:
            raise SessionError(f"{records.path}: its annotations do not fit into one EDF file")

    def _own_remarks(self, records: RecordFile, stop_s: float) -> deque[Remark]:
        begin = self._part.start_time
        own = [
            # The header has whole seconds.
            *([] if begin is None else [Remark(0.0, None, f"EEG begins {begin.isoformat()}")]),
            *remarks_between(self._remarks, self._start_s, stop_s, is_last=self._is_last),
            *(
                Remark(remark.onset_s, remark.duration_s, _gap_text(remark.text))
                for remark in records.annotations
                if _is_gap(remark.text)
            ),
        ]
        return deque(sorted(own, key=lambda remark: remark.onset_s))

    def _probability(self, first: int, count: int) -> npt.NDArray[np.int16]:
        """Take for each sample of the EEG the value that holds at its time."""
        samples = self._part.start_sample + first + np.arange(count)
        ratio = _PROBABILITY_HZ / self._part.sfreq_hz
        places = np.floor(samples * ratio + 1e-6).astype(np.int64)
        begins = round(self._offset_s * _PROBABILITY_HZ)
        start_s = (begins + int(places[0])) / _PROBABILITY_HZ
        stop_s = (begins + int(places[-1]) + 1) / _PROBABILITY_HZ
        values = self._material.probability(start_s, stop_s)[places - places[0]]
        steps = np.rint(values * _PROBABILITY.digital_max)
        return np.where(np.isnan(steps), _PROBABILITY.digital_min, steps).astype(np.int16)


def _is_gap(text: str) -> bool:
    """Whether an annotation of the recorder tells of missing signal; it holds nothing else."""
    return text.casefold().startswith("gap")


def _gap_text(text: str) -> str:
    """Leave out why something was not recorded: this may name files."""
    return "GAP" if text == "GAP" else "GAP, not recorded"


def _channel(label: str, signal: EdfSignal) -> EdfChannel:
    return EdfChannel(
        label,
        physical_min=signal.physical_min,
        physical_max=signal.physical_max,
        digital_min=int(signal.digital_min),
        digital_max=int(signal.digital_max),
        unit=signal.unit,
    )


def _annotation_bytes(remarks: Iterable[Remark], record_s: float) -> int:
    """Choose room for what begins in the fullest record."""
    needed: Counter[int] = Counter()
    for remark in remarks:
        needed[int(remark.onset_s / record_s)] += len(remark.text.encode()) + _TIMING_BYTES
    fullest = max(needed.values(), default=0) + _TIMING_BYTES
    return min(max(ANNOTATION_BYTES, fullest + fullest % 2), _MOST_ANNOTATION_BYTES)
