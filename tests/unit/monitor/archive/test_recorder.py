"""First the log, then the EEG: an annotation always names a row that is there."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from core.errors import SessionError
from core.types import Marker
from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.archive.history import EegPart
from monitor.archive.log import AlarmLog
from monitor.archive.recorder import SessionRecorder
from monitor.archive.remarks import is_moved, remark_of, row_named_in
from monitor.attributions import AlarmAttribution
from monitor.conditions import SignalStep, SignalTransition
from monitor.orders import AlarmDelay, Note


class Annotations(list):
    def annotate(self, sample, text, duration_s=None):
        self.append((sample, text, duration_s))


@pytest.fixture
def log(tmp_path):
    with closing(AlarmLog(tmp_path / "alarms.sqlite")) as log:
        yield log


def step(transition, state, reason=""):
    return AlarmStep(transition, Alarm(3, 2560, 5120, 0.9, state, 15360), 15360, reason)


def keep_everything(recorder):
    recorder.record(
        step(Transition.RAISED, AlarmState.RAISED), step(Transition.ENDED, AlarmState.ENDED)
    )
    recorder.record(step(Transition.ACKNOWLEDGED, AlarmState.ENDED, "nurse"))
    recorder.record_technical(TechnicalAlarm("gap", "Signal gone", active=True, sample=12))
    recorder.record_technical(TechnicalAlarm("gap", "Signal gone", active=False, sample=99))
    recorder.record_signals([SignalStep(SignalTransition.AUDIO_OFF, "sound", None, "", "n", 5)])
    recorder.record_note(Note(256, "turned\nto the\x14left", datetime(2026, 1, 2, tzinfo=UTC)))
    recorder.record_marker(Marker(300, "button [log 1]"))
    recorder.record_delay(AlarmDelay("seizure 3", 15360, 50.0))
    recorder.record_clock_jump(77, 3600.0)
    recorder.record_attribution(15360, AlarmAttribution(3, fault="too many alarms at a time"))
    part = EegPart(1, "eeg.edf", 1, 0, 256.0, ("Fp1",), None)
    recorder.record_part_opened(part)
    recorder.record_part_closed(part)


def test_what_the_eeg_is_told(log):
    eeg = Annotations()
    keep_everything(SessionRecorder(log, eeg))
    assert eeg == [
        (15360, "Alarm 3 raised [log 1]", None),
        (2560, "Alarm 3 ended [log 2]", 10.0),
        (15360, "Alarm 3 acknowledged: nurse [log 3]", None),
        (12, "Signal gone [log 4]", None),
        (99, "Over: Signal gone [log 5]", None),
        (256, "Note: turned to the left [log 7]", None),
        (300, "Marker: button [log 1] [log 8]", None),
    ]


def test_the_log_alone_gives_the_same_words(log, tmp_path):
    """So the two can be compared at any time."""
    eeg = Annotations()
    keep_everything(SessionRecorder(log, eeg))
    with closing(sqlite3.connect(tmp_path / "alarms.sqlite")) as db:
        rows = db.execute("SELECT seq, kind, body FROM log ORDER BY seq").fetchall()
    remarks = [remark_of(seq, kind, json.loads(body)) for seq, kind, body in rows]
    assert [(r.sample, r.text, r.duration_s) for r in remarks if r is not None] == eeg
    assert len(rows) == 13


def test_without_eeg_the_log_is_the_same(log):
    keep_everything(SessionRecorder(log))
    assert log.head[0] == 13


def test_what_could_not_be_logged_is_not_annotated(log):
    eeg = Annotations()
    recorder = SessionRecorder(log, eeg)
    log.close()
    with pytest.raises(SessionError):
        recorder.record_marker(Marker(1, "x"))
    assert eeg == []


@pytest.mark.parametrize(
    ("text", "row", "moved"),
    [
        ("Alarm 3 raised [log 17]", 17, False),
        ("Note: [log 3] [log 17]", 17, False),
        ("Alarm 3 raised [log 17] (2.5 s before this file begins)", 17, True),
        ("x [log 17] (2.5 s after the EEG ends) (3.0 s before this file begins)", 17, True),
        ("GAP", None, False),
        ("[log 17] and more", None, False),
        ("x [log 0]", None, False),
    ],
)
def test_the_row_that_an_annotation_names(text, row, moved):
    assert (row_named_in(text), is_moved(text)) == (row, moved)


def test_a_long_note_fits_in_one_record():
    remark = remark_of(17, "note", {"sample": 1, "text": "\U0001f9e0" * 500})
    assert len(remark.text.encode()) < 330
    assert remark.text.endswith(" ... [log 17]")
