"""The alarm log keeps what it has acknowledged, whatever happens."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from core.errors import SessionError
from core.types import Marker
from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.archive.log import SCHEMA_VERSION, AlarmLog
from monitor.archive.verify_log import examine_log
from monitor.conditions import SignalStep, SignalTransition
from monitor.orders import AlarmDelay, Note
from monitor.priority import Priority

ROOT = Path(__file__).parents[4]


def step(alarm_id=1, transition=Transition.RAISED, reason="", start_time=None):
    alarm = Alarm(
        alarm_id, 1000, 2000, 0.9, AlarmState.RAISED, 15360, start_time=start_time
    )  # fmt: skip
    return AlarmStep(transition, alarm, 15360, reason)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "alarms.sqlite"


def rows(path, query):
    db = sqlite3.connect(path)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def refusal(path):
    with pytest.raises(SessionError) as caught:
        AlarmLog(path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


def test_every_column(path):
    log = AlarmLog(path)
    log.describe({"weights": "UNTRAINED", "source": "a.edf"})
    log.record(step(start_time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))
    log.record(step(7, Transition.ACKNOWLEDGED, "nurse"))
    log.record_technical(TechnicalAlarm("gap", "Signal interrupted", active=True, sample=12))
    log.close()
    assert dict(rows(path, "SELECT * FROM session")) == {"weights": "UNTRAINED", "source": "a.edf"}
    first, second = rows(path, "SELECT * FROM alarm_steps ORDER BY id")
    assert first[1] == 1
    logged = datetime.fromisoformat(first[2])
    assert abs((datetime.now(UTC) - logged).total_seconds()) < 60
    assert first[0:1] + first[3:] == (
        2, 15360, "raised", 1, 1000, 2000, "2026-01-02T03:04:08.906+00:00", 0.9, "raised", 0, "",
    )  # fmt: skip
    assert second[4:6] + second[8:9] + second[12:] == ("acknowledged", 7, None, "nurse")
    assert rows(path, "SELECT sample, key, text, active FROM technical_steps") == [
        (12, "gap", "Signal interrupted", 1)
    ]
    assert rows(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_what_was_signalled_and_noted(path):
    log = AlarmLog(path)
    raised, off = SignalTransition.RAISED, SignalTransition.AUDIO_OFF
    log.record_signals(
        [
            SignalStep(raised, "seizure 1", Priority.HIGH, "seizure", "", 15360),
            SignalStep(off, "audio", None, "", "nurse", 15360),
        ]
    )
    noted = datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1)))
    log.record_note(Note(2560, "turned: \u00e4 'quoted'", noted, "nurse"))
    log.close()
    signals = rows(path, "SELECT transition, key, priority, text, who, at_sample FROM signal_steps")
    assert signals == [
        ("raised", "seizure 1", "high", "seizure", "", 15360),
        ("audio off", "audio", None, "", "nurse", 15360),
    ]
    (logged,) = {row[0] for row in rows(path, "SELECT logged_utc FROM signal_steps")}
    assert datetime.fromisoformat(logged).utcoffset() == timedelta(0)
    assert rows(path, "SELECT sample, noted_utc, text, who FROM notes") == [
        (2560, "2026-01-02T03:04:05.000+00:00", "turned: \u00e4 'quoted'", "nurse")
    ]


def test_many_steps_are_one_transaction(path):
    log = AlarmLog(path)
    with pytest.raises(AttributeError):
        log.record(step(1), step(2), "no step")
    assert rows(path, "SELECT count(*) FROM alarm_steps") == [(0,)]
    log.record(*(step(k) for k in range(1, 1001)))
    assert rows(path, "SELECT count(*), max(alarm_id) FROM alarm_steps") == [(1000, 1000)]
    log.close()


def test_write_ahead_and_synchronous(path):
    log = AlarmLog(path)
    assert log._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert log._db.execute("PRAGMA synchronous").fetchone() == (2,)
    log.close()


def test_a_step_is_committed_when_the_call_returns(path):
    log = AlarmLog(path)
    for k in range(1, 4):
        log.record(step(k))
        assert not log._db.in_transaction
        assert rows(path, "SELECT count(*) FROM alarm_steps") == [(k,)]
    log.close()


def test_a_failed_transaction_leaves_nothing_and_the_log_goes_on(path):
    log = AlarmLog(path)
    assert log.record(step(1)) == (1,)
    log._db.execute("CREATE TEMP TRIGGER t BEFORE INSERT ON main.log WHEN NEW.seq = 3"
                    " BEGIN SELECT RAISE(ABORT, 'no room'); END")  # fmt: skip
    with pytest.raises(SessionError, match=r"cannot be written \(no room\)"):
        log.record(step(2), step(3))
    log._db.execute("DROP TRIGGER t")
    assert log.record(step(4)) == (2,)
    log.close()
    assert rows(path, "SELECT alarm_id FROM alarm_steps") == [(1,), (4,)]
    assert examine_log(path).faults == []


def test_the_latest_description_counts(path):
    log = AlarmLog(path)
    log.describe({"weights": "a", "engine": "cpu"})
    log.describe({"weights": "b"})
    log.close()
    assert rows(path, "SELECT * FROM session ORDER BY key") == [("engine", "cpu"), ("weights", "b")]


def test_rows_belong_to_their_run_and_their_numbers_come_back(path):
    log = AlarmLog(path, run=3)
    assert log.record(step(1), step(2)) == (1, 2)
    assert log.record_marker(Marker(5, "x")) == 3
    assert log.record_clock_jump(256, -1.5) == 4
    assert log.record_delay(AlarmDelay("seizure 1", 512, 12.5, 0.1, None)) == 5
    assert log.record_operator("review opened", "Dr. A") == 6
    assert log.head[0] == 6
    log.close()
    assert rows(path, "SELECT DISTINCT run FROM log") == [(3,)]
    bodies = dict(rows(path, "SELECT kind, body FROM log WHERE seq > 3"))
    assert json.loads(bodies["clock_jump"]) == {"sample": 256, "seconds": -1.5}
    assert json.loads(bodies["delay"])["sound_s"] is None
    assert json.loads(bodies["operator"])["who"] == "Dr. A"


def test_odd_texts_are_kept_and_the_chain_holds(path):
    log = AlarmLog(path)
    for text in ("nul \x00 byte", "\udc80 lone surrogate", "\U0001f9e0", "", '"quoted"'):
        log.record_marker(Marker(1, text))
    log.close()
    assert examine_log(path).faults == []
    texts = [json.loads(body)["text"] for (body,) in rows(path, "SELECT body FROM log")]
    assert texts == ["nul \x00 byte", "? lone surrogate", "\U0001f9e0", "", '"quoted"']


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET body = '{}' WHERE seq = 1",
        "UPDATE log SET seq = 7 WHERE seq = 2",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log SELECT * FROM log WHERE seq = 1",
        "INSERT INTO log SELECT seq - 1, run, logged_utc, kind, body, previous, hash FROM log",
    ],
)
def test_nothing_can_be_changed(path, statement):
    log = AlarmLog(path)
    log.record(step(1), step(2))
    log.close()
    before = rows(path, "SELECT * FROM log")
    db = sqlite3.connect(path)
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        db.execute(statement)
    db.close()
    assert rows(path, "SELECT * FROM log") == before


def test_only_its_owner_can_read_it(path):
    before = os.umask(0)
    try:
        log = AlarmLog(path)
        log.record(step())
    finally:
        os.umask(before)
    modes = {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()}
    log.close()
    names = ("alarms.sqlite", "alarms.sqlite-wal", "alarms.sqlite-shm")
    assert modes == dict.fromkeys(names, 0o600)


def test_a_row_number_is_never_given_out_twice(path):
    """Where someone removed the last row, the next one leaves the hole to be seen."""
    log = AlarmLog(path)
    log.record(step(1), step(2))
    log._db.execute("DROP TRIGGER log_no_delete")
    log._db.execute("DELETE FROM log WHERE seq = 2")
    assert log.record(step(3)) == (3,)
    log.close()
    assert "row 2: missing" in examine_log(path).faults


def test_reopened_and_continued(path):
    for k in (1, 2):
        log = AlarmLog(path)
        log.record(step(k))
        log.close()
    assert rows(path, "SELECT alarm_id FROM alarm_steps ORDER BY id") == [(1,), (2,)]
    assert examine_log(path).faults == []


def test_another_version_is_refused_and_left_alone(path):
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    text = refusal(path)
    assert f"schema version 99; this program reads up to {SCHEMA_VERSION}" in text
    assert rows(path, "SELECT name FROM sqlite_master") == []


def test_another_programs_database_is_refused_and_left_alone(path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE t (x)")
    db.close()
    assert "not an alarm log" in refusal(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("t",)]


def test_not_a_database(path):
    path.write_bytes(b"no database, just words " * 100)
    assert "file is not a database" in refusal(path)


def test_a_folder_that_is_not_there(tmp_path):
    assert "unable to open database file" in refusal(tmp_path / "missing" / "alarms.sqlite")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder no one can write")
def test_a_folder_that_cannot_be_written():
    assert "unable to open database file" in refusal(Path("/proc/self/alarms.sqlite"))


def in_process(program, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, **options,
    )  # fmt: skip


PRELUDE = """
    import sys
    from pathlib import Path
    from core.errors import SessionError
    from monitor.alarm import Alarm, AlarmState, AlarmStep, Transition
    from monitor.archive.log import AlarmLog

    def step(k):
        alarm = Alarm(k, 1, 2, 0.9, AlarmState.RAISED, 2)
        return AlarmStep(Transition.RAISED, alarm, 2, "x" * 400)

    log = AlarmLog(Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE as Linux has it")
def test_full_disk(path):
    """No more bytes can be written: one line, and what was logged before can be read."""
    program = (
        PRELUDE
        + """
    import resource
    log.record(step(1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
    k = 2
    try:
        while k < 10_000:
            log.record(step(k))
            k += 1
    except SessionError as error:
        print(k - 1)
        print(error)
    """
    )
    process = in_process(program, path)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    n_logged, text, *rest = out.splitlines()
    assert rest == []
    assert text.startswith(f"{path}: alarm log cannot be written (")
    assert int(n_logged) > 10
    logged = [row[0] for row in rows(path, "SELECT alarm_id FROM alarm_steps ORDER BY id")]
    assert logged == list(range(1, int(n_logged) + 1))
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert examine_log(path).faults == []


@pytest.mark.parametrize("after", [1, 60, 1500])
def test_kill_9_loses_nothing_that_was_acknowledged(path, after):
    program = (
        PRELUDE
        + """
    k = 0
    while True:
        k += 1
        log.record(step(k))
        print(k, flush=True)
    """
    )
    process = in_process(program, path)
    printed = [int(process.stdout.readline()) for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    lines = process.stdout.readlines()  # communicate would miss what readline has fetched already
    process.communicate(timeout=60)
    printed += [int(line) for line in lines if line.endswith("\n")]
    before = sorted(p.stat().st_mtime_ns for p in path.parent.iterdir())
    assert examine_log(path).faults == []  # with the write-ahead log beside it
    assert sorted(p.stat().st_mtime_ns for p in path.parent.iterdir()) == before
    log = AlarmLog(path)
    log.close()
    assert examine_log(path).faults == []
    logged = [row[0] for row in rows(path, "SELECT alarm_id FROM alarm_steps ORDER BY id")]
    assert len(printed) >= after
    assert logged[: len(printed)] == printed
    assert len(logged) - len(printed) <= 1
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
