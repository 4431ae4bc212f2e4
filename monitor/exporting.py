"""Export of a recorded session: checks, de-identification, and the writing of each format."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.errors import SessionError
from core.evaluation.csv_bi import write_csv_bi
from core.evaluation.szcore_tsv import write_szcore_tsv
from monitor.archive.record import SessionRecord
from monitor.archive.session_file import read_description
from monitor.archive.verify import verify_session
from monitor.export.deidentifying import Deidentified, draw_shift, fitting_shift
from monitor.export.destination import check_destination, write_whole
from monitor.export.edf import edf_files
from monitor.export.events import EventChoice, Events, choose_events
from monitor.export.material import Material, Progress
from monitor.export.report import DEFAULT_PICTURES, write_report
from monitor.export.steps import write_steps

__all__ = ["SUFFIXES", "ExportOptions", "Exported", "export_session"]

SUFFIXES = {"tsv": ".tsv", "csv_bi": ".csv_bi", "edf": ".edf", "json": ".jsonl", "html": ".html"}
"""Of the files in a folder that takes several formats."""

SOUND = "nothing was changed, nothing is missing"
"""What a report says of a session that verifies."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to export and how.

    Attributes
    ----------
    folder
        The session.
    formats
        Some of :data:`SUFFIXES`.
    out
        File to write; for several formats, a folder to make.
    events
        Where the events of tables come from.
    reviewer
        Only this one's verdicts; None for everyone's.
    deidentify
        Without names, free text and true dates.
    date_shift_days
        To shift dates by; None for a number that is drawn.
    n_pictures
        Most pictures in a report.
    """

    folder: Path
    formats: Sequence[str]
    out: Path
    events: str = EventChoice.ALARMS
    reviewer: str | None = None
    deidentify: bool = False
    date_shift_days: int | None = None
    n_pictures: int = DEFAULT_PICTURES


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of it.

    Attributes
    ----------
    files
        That were written.
    n_events
        In the tables; None where there are none.
    remarks
        What the person who exports has to know.
    """

    files: tuple[Path, ...]
    n_events: int | None
    remarks: tuple[str, ...]


def export_session(options: ExportOptions, progress: Progress) -> Exported:
    """Export a session; all files are written, or none.

    Raises
    ------
    VigilError
        Where the session cannot be read, lacks what is asked for, or the destination cannot be
        used.
    """
    for name in options.formats:
        if name == "pdf":
            raise SessionError("format pdf is not written; export html and print that to a PDF")
        if name not in SUFFIXES:
            raise SessionError(f"format {name!r} is none of {', '.join(SUFFIXES)}")
    if options.events not in tuple(EventChoice):
        raise SessionError(f"events {options.events!r} are neither alarms nor reviewed")
    several = len(options.formats) > 1
    out = options.out
    if "edf" in options.formats and not several and out.suffix != ".edf":
        raise SessionError(f"{out}: the name of an EDF file must end in .edf")
    read_description(options.folder)  # what is no session is no place to stay out of
    check_destination(out, options.folder)
    with closing(SessionRecord(options.folder)) as record:
        trust = _trust(options.folder)
        material, reviewer = _deidentified(record, options)
        chosen: Events | None = None
        if {"tsv", "csv_bi"} & set(options.formats):
            chosen = choose_events(material, EventChoice(options.events), reviewer)
        targets: dict[Path, Callable[[Path], None]] = {}
        for place, name in enumerate(options.formats):
            own = _share(progress, place, len(options.formats))
            path = Path(f"session{SUFFIXES[name]}") if several else Path(out.name)
            targets |= _targets(name, path, material, chosen, own, options, trust)
        if not several:
            for path in targets:
                check_destination(out.parent / path, options.folder)
        write_whole(targets, out.parent, out.name if several else None)
        files = [(out if several else out.parent) / path for path in targets]
        remarks = [*_state_remarks(record), *(chosen.remarks if chosen else ())]
        if trust != SOUND:
            remarks.append(f"vigil verify: {trust}")
    n_events = None if chosen is None else len(chosen.annotations.spans)
    return Exported(tuple(files), n_events, tuple(remarks))


def _deidentified(record: SessionRecord, options: ExportOptions) -> tuple[Material, str | None]:
    """Take names and dates out, if asked for; the reviewer's name becomes the pseudonym."""
    if not options.deidentify:
        return record, options.reviewer
    days = options.date_shift_days
    shift = draw_shift(record) if days is None else fitting_shift(record, days)
    material = Deidentified(record, shift)
    reviewer = options.reviewer
    if reviewer is not None and any(v.reviewer == reviewer for v in record.verdicts):
        reviewer = material.reviewer(reviewer)
    return material, reviewer


def _targets(
    name: str,
    path: Path,
    material: Material,
    chosen: Events | None,
    progress: Progress,
    options: ExportOptions,
    trust: str,
) -> dict[Path, Callable[[Path], None]]:
    if name == "edf":
        return edf_files(material, path, progress)
    if name == "html":
        write = partial(
            write_report,
            material,
            progress=progress,
            n_pictures=options.n_pictures,
            deidentified=options.deidentify,
            trust=trust,
        )
        return {path: write}
    if name == "json":
        return {path: partial(write_steps, material)}
    assert chosen is not None, "tables have events"
    table = write_szcore_tsv if name == "tsv" else write_csv_bi
    return {path: partial(table, chosen.annotations)}


def _share(progress: Progress, place: int, n: int) -> Progress:
    return lambda done: progress((place + done) / n)


def _trust(folder: Path) -> str:
    """Say in words whether the session is as it was recorded; names nobody and no file."""
    try:
        found = verify_session(folder)
    except SessionError:
        return "not checked, because the session is still being recorded"
    if found.faults:
        n = len(found.faults)
        return f"NOT TO BE TRUSTED: {n} {'fault' if n == 1 else 'faults'}, which vigil verify names"
    if found.losses:
        return "nothing was changed; a crash or a failing disk cost something, as vigil verify says"
    return SOUND


def _state_remarks(record: SessionRecord) -> tuple[str, ...]:
    state = record.description.get("state")
    if state == "finished":
        return ()
    return (f"the session is not finished (state: {state}); exported is what is there now",)
