"""`vigil export`: from a replay to files that others read, and one line for what cannot be."""

import json
import sqlite3

import edfio
import mne
import pytest

from core.evaluation.csv_bi import read_csv_bi
from monitor.archive.history import Finding
from tests.session_folders import (
    FIRST,
    NURSE,
    PATIENT,
    SECOND,
    RunOf,
    Told,
    make_session,
    verdict,
)

TICK = 1 / 256
VERDICTS = [
    verdict("alarm 1", Finding.SEIZURE, FIRST, (31.0, 50.5)),
    verdict("alarm 2", Finding.NO_SEIZURE, SECOND),
]


def rows_of(tsv):
    head, *rows = [line.split("\t") for line in tsv.read_text().splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_replay_is_exported_in_every_format_with_the_same_events(
    vigil, stand_in, write_edf, tmp_path
) -> None:
    recording = write_edf(seconds=150, at_s=((30, 45), (100, 112)))
    replay = vigil(
        "replay", recording, "--headless", "--speed", "max", "--session", tmp_path / "s", "--json"
    ).json
    events = replay["events"]
    assert len(events) == 2
    formats = [f"--format={name}" for name in ("tsv", "csv_bi", "edf", "json", "html")]
    done = vigil("export", tmp_path / "s", *formats, "--out", tmp_path / "out", "--json")
    assert done.code == 0
    assert done.json["events"] == 2
    assert done.json["notes"] == []
    out = tmp_path / "out"
    assert sorted(done.json["files"]) == sorted(str(path) for path in out.iterdir())
    rows = rows_of(out / "session.tsv")
    for row, (onset_s, offset_s, peak) in zip(rows, events, strict=True):
        assert float(row["onset"]) == pytest.approx(onset_s, abs=0.01)
        assert float(row["duration"]) == pytest.approx(offset_s - onset_s, abs=0.011)
        assert float(row["confidence"]) == pytest.approx(peak, abs=0.005)
        assert (row["eventType"], row["dateTime"]) == ("sz", "2023-05-04 06:07:08")
        assert float(row["recordingDuration"]) == 150.0
    spans = read_csv_bi(out / "session.csv_bi").seizures()
    for span, (onset_s, offset_s, _) in zip(spans, events, strict=True):
        assert span == pytest.approx((onset_s, offset_s), abs=1e-4)
    raw = mne.io.read_raw_edf(out / "session.edf", verbose="error")
    marked = [(a.onset, a.duration) for a in edfio.read_edf(out / "session.edf").annotations
              if a.text.startswith("seizure alarm")]  # fmt: skip
    for mark, (onset_s, offset_s, _) in zip(marked, events, strict=True):
        assert mark == pytest.approx((onset_s, offset_s - onset_s), abs=TICK)
    original = mne.io.read_raw_edf(recording, verbose="error")
    assert raw.get_data(picks=raw.ch_names[:19]) == pytest.approx(
        original.get_data()[:, : raw.n_times], abs=1e-7
    )
    steps = [json.loads(line) for line in (out / "session.jsonl").read_text().splitlines()]
    with sqlite3.connect(tmp_path / "s" / "alarms.sqlite") as db:
        assert [(step["seq"], step["kind"]) for step in steps] == db.execute(
            "SELECT seq, kind FROM log ORDER BY seq"
        ).fetchall()
    report = (out / "session.html").read_text()
    assert "2 raised: 2 confirmed" in report
    assert "nothing was changed, nothing is missing" in report
    vigil("export", tmp_path / "s", "--format", "csv_bi", "--out", tmp_path / "one.csv_bi")
    assert read_csv_bi(tmp_path / "one.csv_bi").seizures() == spans
    # one byte of one sample
    with (tmp_path / "s" / "eeg.edf").open("r+b") as file:
        file.seek(-2000, 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    changed = vigil("export", tmp_path / "s", "--format", "html", "--out", tmp_path / "c.html")
    assert changed.code == 0
    assert changed.line.startswith("note: vigil verify: NOT TO BE TRUSTED: 1 fault,")
    assert "NOT TO BE TRUSTED: 1 fault" in (tmp_path / "c.html").read_text()


def test_reviewed_events_and_their_types(vigil, tmp_path) -> None:
    make_session(tmp_path / "s", verdicts=VERDICTS)
    done = vigil(
        "export", tmp_path / "s", "--format", "tsv", "--events", "reviewed", "--out",
        tmp_path / "r.tsv",
    )  # fmt: skip
    assert (done.code, done.out) == (0, f"{tmp_path / 'r.tsv'}\n")
    (row,) = rows_of(tmp_path / "r.tsv")
    assert (row["onset"], row["duration"], row["eventType"], row["confidence"]) == (
        "31.00", "19.50", "sz_foc_ia", "n/a",
    )  # fmt: skip
    done = vigil(
        "export", tmp_path / "s", "--format", "tsv", "--events", "reviewed", "--reviewer", SECOND,
        "--deidentify", "--out", tmp_path / "second.tsv",
    )  # fmt: skip
    assert "note: alarm 1 left out: not reviewed" in done.err.splitlines()
    assert rows_of(tmp_path / "second.tsv")[0]["eventType"] == "bckg"


def test_a_session_that_was_not_finished_says_so(vigil, tmp_path) -> None:
    make_session(tmp_path / "s", [RunOf(ended=False)], state="running")
    done = vigil("export", tmp_path / "s", "--format", "json", "--out", tmp_path / "l.jsonl")
    assert done.code == 0
    assert "not finished (state: running)" in done.err


def test_nothing_of_the_patient_reaches_the_terminal(vigil, tmp_path) -> None:
    make_session(tmp_path / "s", [RunOf(alarms=(Told(5, 9),))], verdicts=VERDICTS[:1])
    done = vigil("export", tmp_path / "s", "--format", "html", "--deidentify", "--out", "r.html")
    for word in (PATIENT, FIRST, NURSE):
        assert word not in done.out + done.err


@pytest.fixture
def bad(tmp_path):
    make_session(tmp_path / "s", [RunOf(parts=(70, 50))])
    (tmp_path / "empty").mkdir()
    (tmp_path / "there").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("empty", "--format", "tsv"), "empty: holds no session (session.json is missing)"),
        (("nowhere", "--format", "tsv"), "holds no session"),
        (("empty", "--format", "tsv", "--out", "empty/x.tsv"), "empty: holds no session"),
        (("there", "--format", "tsv"), "is no folder, so no session"),
        (("s", "--format", "docx"), "format 'docx' is none of tsv, csv_bi, edf, json, html"),
        (("s", "--format", "pdf"), "export html and print that to a PDF"),
        (("s", "--format", "tsv", "--events", "all"), "neither alarms nor reviewed"),
        (("s", "--format", "tsv", "--events", "reviewed"), "holds no verdicts; review it first"),
        (("s", "--format", "tsv", "--out", "there"), "there: exists already"),
        (("s", "--format", "tsv", "--out", "s/x.tsv"), "lies inside the session"),
        (("s", "--format", "tsv", "--out", "no/x.tsv"), "folder no does not exist"),
        (("s", "--format", "edf"), "the name of an EDF file must end in .edf"),
        (("s", "--format", "json", "--deidentify", "--date-shift", "0"), "date shift is 0 days"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(vigil, bad, arguments, expected) -> None:
    if "--out" not in arguments:
        arguments = (*arguments, "--out", "new")
    before = sorted(path.name for path in bad.rglob("*"))
    done = vigil("export", *arguments)
    assert done.code == 1
    assert done.line.startswith("vigil: ")
    assert expected in done.line
    assert sorted(path.name for path in bad.rglob("*")) == before


def test_a_part_that_is_gone_is_named(vigil, bad) -> None:
    (bad / "s" / "eeg_part2.edf").unlink()
    done = vigil("export", "s", "--format", "edf", "--out", "x.edf")
    assert done.code == 1
    assert "part 2" in done.line
    assert "eeg_part2.edf" in done.line
    # A report says so, and shows the rest of the night.
    done = vigil("export", "s", "--format", "html", "--out", "x.html")
    assert done.code == 0
    assert "NOT TO BE TRUSTED" in done.err
    assert "eeg_part2.edf" in (bad / "x.html").read_text()
    assert vigil("export", "s", "--format", "tsv", "--out", "x.tsv").code == 0
    assert sorted(p.name for p in bad.iterdir()) == ["empty", "s", "there", "x.html", "x.tsv"]


def test_a_later_part_does_not_replace_a_file(vigil, bad) -> None:
    (bad / "x_part2.edf").write_text("mine")
    done = vigil("export", "s", "--format", "edf", "--out", "x.edf")
    assert (done.code, "x_part2.edf: exists already" in done.line) == (1, True)
    assert not (bad / "x.edf").exists()
    assert (bad / "x_part2.edf").read_text() == "mine"


def test_a_part_outside_the_session_is_refused(vigil, tmp_path) -> None:
    folder = make_session(tmp_path / "s")
    (folder / "eeg.edf").rename(tmp_path / "eeg.edf")
    (folder / "eeg.edf").symlink_to(tmp_path / "eeg.edf")
    done = vigil("export", folder, "--format", "edf", "--out", "x.edf")
    assert (done.code, "lies outside the session" in done.line) == (1, True)


def test_a_log_of_a_newer_program_is_refused(vigil, bad) -> None:
    with sqlite3.connect(bad / "s" / "alarms.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    done = vigil("export", "s", "--format", "tsv", "--out", "x.tsv")
    assert done.code == 1
    assert "99" in done.line


@pytest.mark.parametrize(
    "arguments", [("--date-shift", "9"), ("--reviewer", "x"), ("--pictures", "-1")]
)
def test_options_that_need_others_are_wrong_usage(vigil, bad, arguments) -> None:
    assert vigil("export", "s", "--format", "tsv", "--out", "x.tsv", *arguments).code == 2
