"""What the log says of an attribution comes back whole, and is held against its alarms."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from monitor.archive.attribution_rows import attribution_body, attribution_of
from monitor.archive.chain import canonical_json
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.archive.schema import SCHEMA_VERSION
from monitor.archive.verify_attribution import check_attributions
from monitor.attributions import AlarmAttribution
from tests.session_folders import RunOf, Told, attribution, make_session

USED = ("T3", "F7")


def test_there_and_back():
    for one in (attribution(3, USED), AlarmAttribution(4, fault="too many alarms at a time")):
        body = json.loads(canonical_json(attribution_body(5000, one)))
        assert body["at_sample"] == 5000
        assert attribution_of(body) == one


def test_what_is_missing_is_named():
    body = attribution_body(0, attribution(1, USED))
    for key in body.keys() - {"at_sample"}:
        with pytest.raises(KeyError, match=key):
            attribution_of({k: v for k, v in body.items() if k != key})


def session(tmp_path, *alarms):
    return make_session(tmp_path / "s", [RunOf(alarms=alarms), RunOf(offset_s=150.0)])


def test_an_alarm_is_read_with_what_it_went_back_to(tmp_path):
    folder = session(tmp_path, Told(30.25, 52.5, used=USED), Told(80, 84, unexplained="why"))
    record = SessionRecord(folder)
    first, second, *others = record.alarms
    assert first.attribution == attribution(1, USED)
    assert (first.state, len(first.moments)) == ("ended", 3)
    assert second.attribution == AlarmAttribution(2, fault="why")
    assert [alarm.attribution for alarm in others] == [None, None]
    assert check_attributions(record) == []
    (row,) = [r for r in record.steps() if r["kind"] == "attribution" and not r["body"]["fault"]]
    assert row["body"]["channels"] == ["T3", "F7"]
    assert row["body"]["channel_scores"][-1] is None


def test_the_row_needs_no_newer_schema(tmp_path):
    folder = session(tmp_path, Told(30.25, 52.5, used=USED))
    with closing(sqlite3.connect(folder / "alarms.sqlite")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,) == (3,)
        (region,) = db.execute(
            "SELECT body ->> 'region' FROM log WHERE kind = 'attribution'"
        ).fetchone()
    assert region == "left temporal"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alarm_id": 9}, "of alarm 9, which run 2 had not raised by then"),
        ({"alarm_id": 1}, "of alarm 1, which run 2 had not raised by then"),
        ({"channels": ("T3", "Q9")}, "names Q9, which scores nothing"),
        ({"channels": ("Fp1",)}, "names Fp1, which scores nothing"),
        ({"channel_scores": (1.0,)}, "has 1 scores, not 19"),
        ({"fault": "x"}, "has scores, and a reason why there are none"),
        ({"target": (7, 7)}, "explains no sample"),
        ({}, ""),
    ],
)
def test_contradictions_are_found(tmp_path, change, words):
    folder = session(tmp_path, Told(30.25, 52.5))
    with closing(AlarmLog(folder / "alarms.sqlite", 2)) as log:
        log.record_attribution(9000, replace(attribution(2, USED), **change))
    faults = check_attributions(SessionRecord(folder))
    assert [words in fault for fault in faults] == ([True] if words else [])


def test_no_alarm_is_explained_twice(tmp_path):
    folder = session(tmp_path, Told(30.25, 52.5, used=USED))
    with closing(AlarmLog(folder / "alarms.sqlite", 1)) as log:
        seq = log.record_attribution(9000, attribution(1, USED))
    (fault,) = check_attributions(SessionRecord(folder))
    assert fault.startswith(f"row {seq}: the attribution of alarm 1 is told in row ")
