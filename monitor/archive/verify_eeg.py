"""The files of the EEG against the log: presence, length, and both ways their annotations."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from core.errors import RecordingError, SessionError
from core.io.annotations import Annotation
from core.io.edf import open_recording
from core.io.edf_header import EdfHeader, read_header
from core.io.edf_layout import edf_labels
from monitor.archive.history import EegPart, Run
from monitor.archive.record import SessionRecord
from monitor.archive.record_facts import SFREQ_HZ
from monitor.archive.record_signals import header_sha256, part_path, records_sha256
from monitor.archive.remarks import Remark, is_moved, remark_of, row_named_in
from monitor.archive.rows import LogRow, is_recording_failure

__all__ = ["EegFindings", "check_eeg"]

_TIME_TOLERANCE_S = 0.01
_NOT_RECORDED = ("GAP, not recorded", "Not recorded before")
_END = "Recording ends"
_WAITING = timedelta(seconds=60)
"""So long at most an annotation waits for the disk before its failure is told."""


class EegFindings:
    """What was found.

    Attributes
    ----------
    faults, losses
        What is wrong, and what is missing without anybody's doing; a line each.
    seconds
        EEG in the files.
    n_annotations
        Annotations that name a row of the log.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.losses: list[str] = []
        self.seconds = 0.0
        self.n_annotations = 0


def check_eeg(record: SessionRecord) -> EegFindings:
    """Open every part of a session, and compare it with the log."""
    findings = EegFindings()
    rows = {row.seq: row for row in record.rows}
    runs = {run.number: run for run in record.runs}
    annotated: dict[int, set[int]] = {}
    for part in record.parts:
        run = runs.get(part.run)
        if run is None:
            findings.faults.append(f"{part.file}: belongs to run {part.run}, which the log lacks")
            continue
        try:
            annotations = _check_part(record.folder, part, run, findings)
        except (SessionError, RecordingError) as error:
            findings.faults.append(_one_name(f"EEG part {part.number}: {error}", record.folder))
            # What cannot be read cannot be held against the log.
            annotated.setdefault(part.run, set()).update(rows)
            continue
        named = annotated.setdefault(part.run, set())
        for annotation in annotations:
            if annotation.text.startswith(_NOT_RECORDED):
                findings.losses.append(
                    f"{part.file}: at {annotation.onset_s:.1f} s {annotation.text}"
                )
            seq = row_named_in(annotation.text)
            if seq is not None:
                named.add(seq)
                findings.n_annotations += 1
                fault = _disagreement(annotation, rows.get(seq), part)
                if fault:
                    findings.faults.append(f"row {seq}: {part.file} {fault}")
    for number, named in annotated.items():
        _look_for_rows(record.rows, runs[number], named, findings)
    findings.faults += _strangers(record)
    return findings


def _check_part(folder: Path, part: EegPart, run: Run, findings: EegFindings) -> list[Annotation]:
    """Look at one file; return its annotations."""
    path = part_path(folder, part)
    if part.n_samples == 0:  # the crash came before its first record
        return []
    if part.n_samples is None and not run.ended and not _has_begun(path):
        return []
    with open_recording(path) as recording:
        n_samples, shortfall = recording.n_samples, recording.shortfall
        annotations = recording.annotations
    with path.open("rb") as file:
        header = read_header(file, str(path))
    header_faults = _header_faults(header, part)
    if not header_faults and part.header_sha256 not in (None, header_sha256(path)):
        header_faults = ["its header was changed after it was written"]
    findings.faults += [f"{part.file}: {text}" for text in header_faults]
    findings.seconds += min(n_samples, part.n_samples or n_samples) / part.sfreq_hz
    if part.n_samples is None:
        if run.ended:  # the disk did not answer at the end
            findings.losses.append(f"{part.file}: was not closed; its last seconds may be missing")
        return annotations
    if n_samples < part.n_samples:
        findings.faults.append(
            f"{part.file}: holds {n_samples / part.sfreq_hz:g} s, "
            f"the log says {part.n_samples / part.sfreq_hz:g} s"
        )
    elif n_samples - part.n_samples >= _record_samples(header) and not any(
        annotation.text.startswith(_END) for annotation in annotations
    ):
        findings.faults.append(
            f"{part.file}: holds {n_samples / part.sfreq_hz:g} s, more than the "
            f"{part.n_samples / part.sfreq_hz:g} s that the log says"
        )
    elif shortfall:
        findings.faults.append(shortfall)
    elif part.records_sha256 is not None and records_sha256(path) != part.records_sha256:
        findings.faults.append(f"{part.file}: its records were changed after it was closed")
    elif path.stat().st_size != header.n_bytes + header.n_records * header.record_bytes:
        findings.faults.append(
            f"{part.file}: holds more, or another number of records, than its header counts"
        )
    return annotations


def _header_faults(header: EdfHeader, part: EegPart) -> list[str]:
    faults = []
    labels = tuple(signal.label for signal in header.signals if not signal.is_annotation)
    if labels != edf_labels(part.ch_names):
        faults.append(f"its channels are {', '.join(labels)}, not those that the log says")
    sfreq_hz = header.sfreq(header.signals[0])
    if abs(sfreq_hz / part.sfreq_hz - 1) > 1e-5:
        faults.append(f"its sampling rate is {sfreq_hz:g} Hz, the log says {part.sfreq_hz:g} Hz")
    begins, logged = header.start_time, _whole_seconds(part.start_time)
    if begins is not None and logged is not None and begins != logged:
        faults.append(f"it begins at {begins}, the log says {logged}")
    return faults


def _whole_seconds(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(microsecond=0, tzinfo=None)


def _record_samples(header: EdfHeader) -> int:
    return header.signals[0].n_per_record


def _disagreement(annotation: Annotation, row: LogRow | None, part: EegPart) -> str:
    """Return in what an annotation differs from the row that it names."""
    if row is None:
        return "tells of it, and the log lacks it"
    remark = remark_of(row.seq, row.kind, row.body)
    if remark is None or row.run != part.run:
        return f"tells of it ({annotation.text}), and it is another row ({row.kind})"
    if not annotation.text.startswith(remark.text):
        return f"says {annotation.text!r}, the log {remark.text!r}"
    if is_moved(annotation.text):
        return ""
    due_s = _due_s(remark, part)
    if abs(annotation.onset_s - due_s) > _TIME_TOLERANCE_S + 1 / part.sfreq_hz:
        return f"puts it at {annotation.onset_s:.2f} s, the log at {due_s:.2f} s"
    return ""


def _due_s(remark: Remark, part: EegPart) -> float:
    """Return where an annotation belongs in its file; never behind the file's last sample."""
    onset_s = remark.sample / SFREQ_HZ - part.start_sample / part.sfreq_hz
    if part.n_samples is not None:
        onset_s = min(onset_s, (part.n_samples - 1) / part.sfreq_hz)
    return max(0.0, onset_s)


def _look_for_rows(
    rows: Iterable[LogRow], run: Run, named: set[int], findings: EegFindings
) -> None:
    """Find the rows that the EEG ought to tell of, and does not.

    Annotations go into the EEG in the order of the log. What was logged after the last file was
    closed can be in none; what the last record before a crash would have held, too. Where the
    disk failed, what waited to be written may be lost.
    """
    own = [row for row in rows if row.run == run.number]
    closed = [row.seq for row in own if row.kind == "part_closed"]
    last = max(closed, default=0) if run.ended else max(named, default=0)
    unsafe = _while_recording_failed(own)
    for row in own:
        remark = remark_of(row.seq, row.kind, row.body)
        if remark is None or row.seq >= last or row.seq in named:
            continue
        text = f"row {row.seq}: the EEG does not tell of it ({remark.text})"
        if row.seq in unsafe:
            findings.losses.append(f"{text}: recording had failed")
        elif run.ended or remark.sample / SFREQ_HZ < run.duration_s - 2:
            findings.faults.append(text)


def _while_recording_failed(own: Iterable[LogRow]) -> set[int]:
    """Return the numbers of a run's rows whose annotations may not have reached a file."""
    unsafe: set[int] = set()
    lately: deque[LogRow] = deque()
    failing = False
    for row in own:
        lately.append(row)
        while row.logged_utc - lately[0].logged_utc > _WAITING:
            lately.popleft()
        if is_recording_failure(row):
            unsafe |= {earlier.seq for earlier in lately}
            failing = True
            continue
        if failing:
            unsafe.add(row.seq)
        if row.kind == "part_opened" or (
            row.kind == "technical" and row.body["key"] == "recording"
        ):
            failing = False
    return unsafe


def _strangers(record: SessionRecord) -> list[str]:
    """Return the EEG files that the log does not tell of."""
    known: Mapping[str, EegPart] = {part.file: part for part in record.parts}
    found = sorted(path.name for path in record.folder.glob("eeg*.edf"))
    if not record.runs[-1].ended:  # its row may be what the crash prevented
        return []
    return [f"{name}: the log does not tell of this file" for name in found if name not in known]


def _has_begun(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _one_name(text: str, folder: Path) -> str:
    return text.replace(f"{folder}/", "")
