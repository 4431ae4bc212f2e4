"""A recorded session that was meddled with is found out; a sound one is not."""

import json
import os
import shutil
import sqlite3
from contextlib import closing, nullcontext
from datetime import datetime
from pathlib import Path

import pytest

from core.config import Config
from core.errors import SessionError, SignalError
from core.io.edf_writer import EdfWriter
from core.simulate import simulate_recording
from monitor.archive.history import Finding, Verdict
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.archive.verdicts import ReviewDesk
from monitor.archive.verify import verify_session
from monitor.replaying import ReplayOptions, replay
from monitor.session_options import SessionOptions
from tests.edf_files import edf_bytes
from tests.monitor_fakes import AmplitudeScorer, BrokenScorer, bursts, signals

CHANGED = "eeg.edf: its records were changed after it was closed"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A session as the monitor leaves it: 130 s, two seizures."""
    folder = tmp_path_factory.mktemp("recorded")
    edf = folder / "bed.edf"
    edf.write_bytes(edf_bytes(signals(bursts(256 * 130, at_s=[(30, 40), (90, 101)]), 256)))
    config = Config.model_validate({"recording": {"part_hours": 0.02}})
    options = SessionOptions(config, headless=True, session_folder=folder / "session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.app.load_engine", lambda *_: AmplitudeScorer())
        replay(ReplayOptions(edf, options, speed=float("inf")))
    return folder / "session"


def monitored(folder, monkeypatch, *, fail=False, scorer=None):
    """Monitor 130 s in a session of this folder; where it fails, the network does, at the end."""
    edf = folder / "bed.edf"
    edf.write_bytes(edf_bytes(signals(bursts(256 * 130, at_s=[(30, 40), (90, 101)]), 256)))
    if scorer is None:
        scorer = BrokenScorer(SignalError("out of order"), at=7) if fail else AmplitudeScorer()
    monkeypatch.setattr("monitor.app.load_engine", lambda *_: scorer)
    options = SessionOptions(Config(), headless=True, session_folder=folder / "session")
    with pytest.raises(SignalError) if fail else nullcontext():
        replay(ReplayOptions(edf, options, speed=float("inf")))
    return folder / "session"


@pytest.fixture
def session(recorded, tmp_path):
    return Path(shutil.copytree(recorded, tmp_path / "session"))


def change_json(session, change):
    path = session / "session.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def flip(path, place, mask=0x01):
    raw = bytearray(path.read_bytes())
    raw[place] ^= mask
    path.write_bytes(raw)


def faults(session):
    found = verify_session(session)
    assert all(fault and "\n" not in fault for fault in found.faults)
    assert found.verdict == ("fault" if found.faults else "sound")
    return found.faults


def only_fault_of(session):
    """Of a session that a crash cost something."""
    (fault,) = verify_session(session).faults
    return fault


def only_fault(session):
    (fault,) = faults(session)
    return fault


def test_as_the_monitor_left_it(session):
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in session.iterdir()}
    found = verify_session(session)
    assert (found.faults, found.losses, found.remarks) == ((), (), ())
    assert found.verdict == "sound"
    assert (found.n_runs, found.n_parts, found.eeg_s) == (1, 2, 130.0)
    assert found.n_annotations >= 6  # two alarms, raised, confirmed and ended
    told = json.loads((session / "session.json").read_text())
    assert told["log"] == {"rows": found.n_rows, "hash": found.last_hash}
    after = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in session.iterdir()}
    assert {k: v for k, v in after.items() if k != "session.lock"} == {
        k: v for k, v in before.items() if k != "session.lock"
    }


def test_with_verdicts(session):
    with closing(ReviewDesk(session)) as desk:
        desk.give(Verdict("alarm 1", Finding.SEIZURE, "sz", 30.0, 40.0, "", "Dr. A"))
    assert faults(session) == ()
    with closing(sqlite3.connect(session / "alarms.sqlite", isolation_level=None)) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'log_no_delete'").fetchone()
        (last,) = db.execute("SELECT max(seq) FROM log").fetchone()
        db.execute("DROP TRIGGER log_no_delete")
        db.execute("DELETE FROM log WHERE seq = ?", (last,))
        db.execute("UPDATE sqlite_sequence SET seq = ?", (last - 1,))
        db.execute(sql)
    assert only_fault(session) == f"row {last}: is noted in session.json, and missing in the log"


def test_rows_cut_off_the_end_with_care(session):
    """The counter is set back and session.json forged: the rest still tells."""
    with closing(sqlite3.connect(session / "alarms.sqlite", isolation_level=None)) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'log_no_delete'").fetchone()
        db.execute("DROP TRIGGER log_no_delete")
        db.execute("DELETE FROM log WHERE seq > 8")
        db.execute("UPDATE sqlite_sequence SET seq = 8")
        db.execute(sql)
        rows, digest = db.execute("SELECT seq, hash FROM log ORDER BY seq DESC").fetchone()
    change_json(session, lambda told: told.update(log={"rows": rows, "hash": digest}))
    found = faults(session)
    assert "session.json: says that the session was finished, the log does not" in found
    assert any("the log lacks it" in fault for fault in found)


@pytest.mark.parametrize("name", ["alarms.sqlite", "session.json", "eeg.edf", "eeg_part2.edf",
                                  "probability_run1.f32"])  # fmt: skip
def test_a_file_that_is_missing(session, name):
    (session / name).unlink()
    assert any(name in fault for fault in faults(session))


@pytest.mark.parametrize("name", ["alarms.sqlite", "session.json", "eeg.edf", "eeg_part2.edf",
                                  "probability_run1.f32"])  # fmt: skip
@pytest.mark.parametrize("kept", [0, 0.5, 0.999])
def test_a_file_that_was_cut(session, name, kept):
    path = session / name
    os.truncate(path, int(kept * path.stat().st_size))
    assert faults(session)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda v: v.update(weights="other"), "weights is 'other', the log says 'UNTRAINED'"),
        (lambda v: v.update(config_hash="0"), "config_hash is '0'"),
        (lambda v: v["config"]["events"].update(onset_threshold=0.1), "config is not what row 2"),
        (lambda v: v["source"].update(start_time="2020-01-01T00:00:00"), "start_time is not what"),
        (lambda v: v["source"]["ch_names"].reverse(), "ch_names is not what row 2"),
        (lambda v: v["summary"]["events"].pop(), "events is not what row"),
        (lambda v: v["summary"].update(skipped_windows=4), "skipped_windows is not what row"),
        (lambda v: v["log"].update(hash="0" * 64), "is not the one that session.json noted"),
        (lambda v: v["log"].update(rows=9999), "row 9999: is noted in session.json"),
        (lambda v: v["runs"].clear(), "does not know of run 1"),
        (lambda v: v["runs"][0].update(offset_s=5.0), "offset_s of run 1 is not what row 2"),
        (lambda v: v["runs"][0].update(began_utc="2020-01-01"), "began_utc of run 1 is not what"),
        (lambda v: v["source"].update(file="/data/other.edf"), "source is not what row 2"),
        (lambda v: v.pop("log"), "does not note the last row of the log"),
        (lambda v: v.pop("state"), "its state is None, which no session has"),
        (lambda v: v.update(state="failed"), "state is 'failed', row"),
    ],
)
def test_a_description_that_was_changed(session, change, told):
    change_json(session, change)
    assert any(told in fault for fault in faults(session))


def test_an_annotation_that_was_changed(session):
    path = session / "eeg.edf"
    raw = path.read_bytes()
    assert raw.count(b"Alarm 1 raised [log ") == 1
    path.write_bytes(raw.replace(b"Alarm 1 raised", b"Alarm 9 raised"))
    first, second = faults(session)
    assert first == CHANGED
    assert second.startswith("row ")
    assert "eeg.edf says 'Alarm 9 raised" in second


def test_an_annotation_that_was_moved_or_removed(session):
    path = session / "eeg.edf"
    raw = path.read_bytes()
    place = raw.index(b"Alarm 1 raised [log ")
    start = raw.rindex(b"+", 0, place)
    timing = raw[start : raw.index(b"\x14", start)]
    path.write_bytes(raw[:start] + timing[:-1] + b"9" + raw[start + len(timing) :])
    assert "eeg.edf puts it at" in faults(session)[1]
    stop = raw.index(b"\x00", place)
    path.write_bytes(raw[:start] + bytes(stop - start) + raw[stop:])
    assert "the EEG does not tell of it (Alarm 1 raised" in faults(session)[1]


def test_an_annotation_of_no_row(session):
    path = session / "eeg.edf"
    raw = path.read_bytes()
    place = raw.index(b"Alarm 1 raised [log ")
    stop = raw.index(b"]", place)
    number = raw[place + len(b"Alarm 1 raised [log ") : stop]
    other = b"3" * len(number)  # a row of another kind, or none
    path.write_bytes(raw[: stop - len(number)] + other + raw[stop:])
    found = faults(session)
    assert any(fault.startswith(f"row {other.decode()}: eeg.edf tells of it") for fault in found)
    assert any(fault.startswith(f"row {number.decode()}: the EEG") for fault in found)


def test_the_eeg_of_another_session(session, tmp_path):
    other = simulate_recording(tmp_path / "other.edf", 2.0, 0, 0).edf_path
    shutil.copyfile(other, session / "eeg.edf")
    assert any("eeg.edf: its channels are" in fault for fault in faults(session))


@pytest.mark.parametrize("second", [0, 31, 71])
def test_a_sample_that_was_changed(session, second):
    path = session / "eeg.edf"
    record = (path.stat().st_size - 256 * 21) // 72
    flip(path, 256 * 21 + second * record + 2 * 256 * 5)
    assert only_fault(session) == CHANGED


@pytest.mark.parametrize("place", [8, 88, 244, 256 + 21 * 104, 256 + 21 * 112, 256 + 21 * 216])
def test_a_header_that_was_changed(session, place):
    """Patient, recording, duration, ranges: another range makes other microvolts of the samples."""
    raw = bytearray((session / "eeg.edf").read_bytes())
    raw[place] = ord("2") if raw[place] != ord("2") else ord("3")
    (session / "eeg.edf").write_bytes(raw)
    assert any("eeg.edf: " in fault for fault in faults(session))


def test_a_range_that_was_changed(session):
    raw = (session / "eeg.edf").read_bytes()
    at = 256 + 20 * 104 + 8  # of the second signal: 19 of EEG and one of annotations
    assert int(raw[252:256]) == 20
    wider = str(2 * float(raw[at : at + 8])).ljust(8)[:8].encode()
    (session / "eeg.edf").write_bytes(raw[:at] + wider + raw[at + 8 :])
    assert only_fault(session) == "eeg.edf: its header was changed after it was written"


@pytest.mark.parametrize(("count", "tail"), [("70", b""), ("-1", b""), ("72", b"x")])
def test_a_count_or_a_tail_that_was_changed(session, count, tail):
    raw = (session / "eeg.edf").read_bytes()
    assert int(raw[236:244]) == 72
    (session / "eeg.edf").write_bytes(raw[:236] + count.ljust(8).encode() + raw[244:] + tail)
    assert "than its header counts" in only_fault(session)


def test_a_counter_that_was_set_back(session):
    with closing(sqlite3.connect(session / "alarms.sqlite", isolation_level=None)) as db:
        db.execute("UPDATE sqlite_sequence SET seq = 3")
    assert "is beyond the log's counter of rows, which says 3" in only_fault(session)


def test_a_probability_that_nobody_wrote(session):
    (session / "probability_run7.f32").write_bytes(bytes(8))
    assert only_fault(session) == "probability_run7.f32: the log does not tell of this file"


def test_a_session_that_does_not_know_that_it_ended(session):
    change_json(session, lambda told: told.update(state="running"))
    found = verify_session(session)
    assert (found.faults, found.verdict) == ((), "loss")
    assert "does not say that run 1 ended, the log does" in found.losses[0]


def test_a_disk_that_fails_for_good_is_no_forgery(tmp_path, monkeypatch):
    """The remark that waits while the disk fails is in no file; nobody took it out."""
    write = EdfWriter.write

    def fail(writer, digital):
        if any(b"Alarm 1 raised" in remark.text for remark in writer._remarks):
            raise OSError(28, "No space left on device")
        write(writer, digital)

    monkeypatch.setattr(EdfWriter, "write", fail)
    found = verify_session(monitored(tmp_path, monkeypatch))
    assert found.faults == ()
    assert any("the EEG does not tell of it (Alarm 1 raised" in loss for loss in found.losses)
    assert "130.0 s were monitored: what came then was not recorded" in found.losses[0]


def test_a_folder_that_vanishes_while_it_is_written(tmp_path, monkeypatch, capsys):
    """Nothing is lost that the open files took; the last line says what could not be written."""

    class Mover(AmplitudeScorer):
        def predict(self, data):
            if (tmp_path / "session").exists():
                (tmp_path / "session").rename(tmp_path / "elsewhere")
            return super().predict(data)

    monkeypatch.setattr("monitor.disk.CHECK_S", 0.0)
    with pytest.raises(SessionError, match=r"session\.json: cannot be written"):
        monitored(tmp_path, monkeypatch, scorer=Mover())
    assert "technical: Session folder is gone: it was moved" in capsys.readouterr().err
    found = verify_session(tmp_path / "elsewhere")
    assert found.faults == ()
    assert any(loss.startswith("probability_run1.f32: is missing") for loss in found.losses)
    assert (found.eeg_s, found.n_parts) == (130.0, 1)
    assert [alarm.alarm_id for alarm in SessionRecord(tmp_path / "elsewhere").alarms] == [1, 2]


@pytest.mark.parametrize("change", ["flip", "cut", "remove"])
def test_the_probability_of_an_interrupted_run(tmp_path, monkeypatch, change):
    session = monitored(tmp_path, monkeypatch, fail=True)
    assert (session / "probability_run1.f32").stat().st_size > 4 * 256 * 30
    monitored(tmp_path, monkeypatch)
    assert verify_session(session).faults == ()
    path = session / "probability_run1.f32"
    match change:
        case "flip":
            flip(path, 5)
        case "cut":
            os.truncate(path, 100)
        case "remove":
            path.unlink()
    assert only_fault_of(session).startswith("probability_run1.f32: is")


def test_records_put_behind_the_end(session):
    path = session / "eeg.edf"
    raw = path.read_bytes()
    record = (len(raw) - 256 * 21) // int(raw[236:244])
    grown = raw[:236] + str(int(raw[236:244]) + 1).ljust(8).encode() + raw[244:] + raw[-record:]
    path.write_bytes(grown)
    assert any("eeg.edf: holds 73 s, more than the 72 s" in fault for fault in faults(session))


def test_a_file_of_eeg_that_nobody_wrote(session):
    shutil.copyfile(session / "eeg.edf", session / "eeg_part3.edf")
    assert only_fault(session) == "eeg_part3.edf: the log does not tell of this file"


@pytest.mark.parametrize("place", [0, 1, 4 * 256 * 60, -1])
def test_a_probability_that_was_changed(session, place):
    flip(session / "probability_run1.f32", place)
    assert "probability_run1.f32: is not what the log says" in only_fault(session)


def test_a_part_outside_the_session(session):
    """A row that names a file elsewhere, written by someone who can make digests."""
    log = AlarmLog(session / "alarms.sqlite")
    part = SessionRecord(session).parts[0]
    body = {"number": 3, "file": "../eeg.edf", "run": 1, "start_sample": 0, "sfreq_hz": 256.0,
            "ch_names": list(part.ch_names), "start_time": None, "n_samples": None}  # fmt: skip
    log.append("part_opened", body)
    log.close()
    text = "EEG part 3 (../eeg.edf) lies outside the session"
    assert any(text in fault for fault in faults(session))
    record = SessionRecord(session)
    with pytest.raises(SessionError, match="lies outside the session"):
        list(record.eeg(0, 200))


def test_a_step_after_the_end(session):
    log = AlarmLog(session / "alarms.sqlite")
    seq = log.append("note", {"sample": 1, "text": "late", "who": "", "noted_utc": ""})
    log.close()
    assert f"row {seq}: a step (note) after the session was finished" in faults(session)


def test_not_a_session(tmp_path):
    with pytest.raises(SessionError, match="no such session folder"):
        verify_session(tmp_path / "nothing")
    with pytest.raises(SessionError, match=r"holds no session \(session.json is missing\)"):
        verify_session(tmp_path)
    (tmp_path / "night.edf").touch()
    with pytest.raises(SessionError, match=r"night\.edf: is no folder, so no session"):
        verify_session(tmp_path / "night.edf")


def test_a_log_of_a_newer_program_is_not_called_a_forgery(session):
    with closing(sqlite3.connect(session / "alarms.sqlite")) as db:
        db.execute("PRAGMA user_version = 4")
    with pytest.raises(SessionError, match=r"version 4; this program reads up to 3, so it cannot"):
        verify_session(session)


# what the session says to its readers ---------------------------------------------------------


def test_the_record(session):
    record = SessionRecord(session)
    assert [part.file for part in record.parts] == ["eeg.edf", "eeg_part2.edf"]
    assert [part.n_samples for part in record.parts] == [72 * 256, 58 * 256]
    (run,) = record.runs
    assert (run.offset_s, run.duration_s, run.ended) == (0.0, 130.0, True)
    assert run.start_time == datetime.fromisoformat(record.description["source"]["start_time"])
    first, second = record.alarms
    assert abs(first.onset_s - 30) < 1.5
    assert abs(second.offset_s - 101) < 1.5
    assert first.raised_s == 60.0
    probability = record.probability(0, 130)
    assert probability.shape == (130 * 256,)
    assert probability[256 * 35] > 0.9
    assert probability[256 * 60] < 0.1
    assert [step["seq"] for step in record.steps()] == list(range(1, len(record.rows) + 1))


def test_the_eeg_across_two_files(session):
    record = SessionRecord(session)
    source = bursts(256 * 130, at_s=[(30, 40), (90, 101)])
    pieces = list(record.eeg(70.5, 75.25))
    assert {part.number for part, _ in pieces} == {1, 2}
    position = round(70.5 * 256)
    for part, chunk in pieces:
        start = part.start_sample + chunk.start_sample
        assert start == position
        position = start + chunk.n_samples
        assert abs(chunk.data - source[:, start:position]).max() < 0.2
    assert position == round(75.25 * 256)


def test_a_missing_part_is_named(session):
    (session / "eeg_part2.edf").unlink()
    record = SessionRecord(session)
    assert sum(chunk.n_samples for _, chunk in record.eeg(0, 10)) == 2560
    with pytest.raises(SessionError, match=r"EEG part 2: .*eeg_part2\.edf: no such file"):
        list(record.eeg(60, 80))


def test_probability_beyond_what_there_is(session):
    record = SessionRecord(session)
    values = record.probability(129.0, 132.0)
    assert values.shape == (768,)
    assert (values[:256] == values[:256]).all()
    assert (values[256:] != values[256:]).all()
