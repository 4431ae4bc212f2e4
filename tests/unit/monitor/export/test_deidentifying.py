"""What is de-identified names nobody and no true date, and is otherwise what it was."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import edfio
import pytest

from core.electrodes import ELECTRODES
from core.errors import SessionError
from core.evaluation.szcore_tsv import read_szcore_tsv
from monitor.archive.history import Finding
from monitor.archive.record import SessionRecord
from monitor.export.deidentifying import Deidentified, draw_shift, fitting_shift
from monitor.export.scrubbing import REMOVED, People, Scrubber, neutral_channel
from monitor.exporting import SUFFIXES, ExportOptions, export_session
from tests.session_folders import (
    FIRST,
    NURSE,
    PATIENT,
    SECOND,
    START,
    STREAM,
    RunOf,
    make_session,
    verdict,
)

VERDICTS = [
    verdict("alarm 1", Finding.SEIZURE, SECOND),
    verdict("alarm 1", Finding.NO_SEIZURE, FIRST),
    verdict("alarm 2", Finding.NO_SEIZURE, SECOND, comment=""),
]
NAMES = (
    PATIENT,
    "Roe",
    FIRST,
    SECOND,
    "Ada",
    "Lind",
    NURSE,
    STREAM,
    "SN-0815",
    "ward3-pc",
    "night",
)
CHANNELS = (*ELECTRODES[:-1], "O2-REF", "Roe EKG", "ECG")


def session(tmp_path: Path) -> Path:
    return make_session(
        tmp_path / "20260314T225830_Jane-Roe",
        [RunOf(parts=(70, 50)), RunOf(offset_s=7200.0)],
        verdicts=VERDICTS,
    )


def export(folder, out, **options):
    return export_session(
        ExportOptions(folder, tuple(SUFFIXES), out, deidentify=True, n_pictures=1, **options),
        lambda _: None,
    ).files


def true_dates(folder):
    """Every way to write a day that the session knows."""
    days = {START.date(), (START + timedelta(days=1)).date()}
    for step in SessionRecord(folder).steps():
        days.add(datetime.fromisoformat(step["logged_utc"]).date())
    for day in days:
        yield from (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%d.%m.%y}", f"{day:%d.%m.%Y}")
        yield f"{day:%d-%b-%Y}"


def test_no_name_and_no_true_date_remains_in_any_byte(tmp_path) -> None:
    folder = session(tmp_path)
    files = export(folder, tmp_path / "out")
    assert {path.suffix for path in files} == set(SUFFIXES.values())
    words = [*NAMES, *true_dates(folder), folder.name, "Jane-Roe", str(tmp_path)]
    for path in files:
        # What is base64 is a picture; its text is drawn, and looked at by people.
        content = re.sub(rb"base64,[^\"]+", b"", path.read_bytes()).lower()
        for word in words:
            found = re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)".encode(), content)
            assert found is None, f"{path.name} holds {word!r}"


def test_the_words_are_there_where_nothing_is_taken_out(tmp_path) -> None:
    folder = session(tmp_path)
    options = ExportOptions(folder, ("json", "html", "edf"), tmp_path / "out", n_pictures=1)
    content = b"".join(p.read_bytes() for p in export_session(options, lambda _: None).files)
    for word in (PATIENT, FIRST, SECOND, NURSE, STREAM, "2026-03-14", "14-MAR-2026"):
        assert word.encode() in content


def test_every_file_has_the_same_shift_and_intervals_stay(tmp_path) -> None:
    folder = session(tmp_path)
    tsv, csv_bi, first, second, third, steps, html = export(folder, tmp_path / "out")
    shifted = read_szcore_tsv(tsv).start_time
    shift = shifted - START.replace(microsecond=0)
    assert shift % timedelta(days=1) == timedelta(0)
    assert abs(shift) > timedelta(days=365)
    starts = [edfio.read_edf(path) for path in (first, second, third)]
    assert [(e.startdate, e.starttime.replace(microsecond=0)) for e in starts] == [
        ((START + shift + timedelta(seconds=s)).date(),
         (START + shift + timedelta(seconds=s)).time().replace(microsecond=0))
        for s in (0, 70, 7200)
    ]  # fmt: skip
    assert f"{shifted:%Y-%m-%d %H:%M:%S}" in html.read_text()
    rows = [json.loads(line) for line in steps.read_text().splitlines()]
    for row, original in zip(rows, SessionRecord(folder).steps(), strict=True):
        moved, true = (datetime.fromisoformat(r["logged_utc"]) for r in (row, original))
        assert moved - true == shift
        for key in ("at_sample", "onset_sample", "sample", "peak", "state", "transition"):
            assert row["body"].get(key) == original["body"].get(key)
    assert "90.2500" not in csv_bi.read_text()
    assert "30.2500,52.5000,seiz" in csv_bi.read_text()


def test_a_given_shift_is_the_same_every_time_and_a_drawn_one_is_not_kept(tmp_path) -> None:
    folder = session(tmp_path)
    before = sorted((p.name, p.stat().st_size) for p in folder.iterdir())
    one = export(folder, tmp_path / "one", date_shift_days=-700)
    other = export(folder, tmp_path / "other", date_shift_days=-700)
    for first, second in zip(one, other, strict=True):
        assert first.read_bytes() == second.read_bytes()
    assert read_szcore_tsv(one[0]).start_time == START.replace(microsecond=0) - timedelta(days=700)
    drawn = {draw_shift(SessionRecord(folder)).days for _ in range(20)}
    assert len(drawn) > 10
    assert all(366 <= abs(days) <= 7300 for days in drawn)
    assert sorted((p.name, p.stat().st_size) for p in folder.iterdir()) == before


def test_people_keep_their_letter(tmp_path) -> None:
    material = Deidentified(SessionRecord(session(tmp_path)), timedelta(days=400))
    assert [v.reviewer for v in material.verdicts] == ["Reviewer A", "Reviewer B", "Reviewer A"]
    assert [v.comment for v in material.verdicts] == [REMOVED, REMOVED, ""]
    assert {note.who for note in material.notes} == {"Operator A", None}
    assert {note.text for note in material.notes} == {REMOVED}
    (answered, _) = [
        m for a in material.alarms for m in a.moments if m.transition == "acknowledged"
    ]
    assert answered.reason == "Operator A"
    people = People("Reviewer")
    assert [people(f"n{k}") for k in range(28)][25:] == ["Reviewer Z", "Reviewer AA", "Reviewer AB"]
    assert people(" N0 ") == "Reviewer A"
    assert people("") == ""


def test_channels_that_name_no_electrode_are_numbered(tmp_path) -> None:
    assert [neutral_channel(name, n) for n, name in enumerate(CHANNELS, 1)][-3:] == [
        "O2-REF", "Channel 20", "ECG",
    ]  # fmt: skip
    assert neutral_channel("T3-T5", 1) == "T3-T5"
    assert neutral_channel("AF7", 1) == "AF7"
    assert neutral_channel("EEG Cz-REF", 1) == "EEG Cz-REF"


def test_what_a_later_program_logs_is_removed_until_somebody_thought_about_it() -> None:
    scrubber = Scrubber(timedelta(days=400), People("Reviewer"), People("Operator"), {})
    row = {
        "seq": 7, "kind": "new", "logged_utc": "2026-03-14T22:00:00.000+00:00", "hash": "ab",
        "body": {"remark": "Jane Roe", "deep": [{"who": "Kim", "n": 3, "state": "on"}]},
    }  # fmt: skip
    assert scrubber.step(row) == {
        "seq": 7, "kind": "new", "logged_utc": "2027-04-18T22:00:00.000+00:00",
        "body": {"remark": REMOVED, "deep": [{"who": "Operator A", "n": 3, "state": "on"}]},
    }  # fmt: skip


def test_texts_of_the_program_lose_names_paths_and_true_dates() -> None:
    scrubber = Scrubber(
        timedelta(days=400), People("Reviewer"), People("Operator"), {"Bed 7 Roe": REMOVED}
    )
    for text, expected in (
        ("bed 7 roe: no sample for 2.5 s", "[removed]: no sample for 2.5 s"),
        ("/mnt/ward/Roe/eeg.edf: disk is full", "[removed]: disk is full"),
        (r"C:\ward\Roe\eeg.edf: disk is full", "[removed]: disk is full"),
        ("the log ends at 2026-03-14T22:00:01", "the log ends at 2027-04-18T22:00:01"),
        ("at 10 uV/mm, 99/2026-99-99", "at 10 uV/mm, 99/2026-99-99"),
        ("Bed 7 Roes", "Bed 7 Roes"),
    ):
        assert scrubber.text(text) == expected


@pytest.mark.parametrize("days", [0, 40_000, -40_000])
def test_a_shift_that_leads_nowhere_is_refused(tmp_path, days) -> None:
    record = SessionRecord(session(tmp_path))
    with pytest.raises(SessionError, match=rf"date shift is {days} days, must be from -\d+ to"):
        fitting_shift(record, days)
