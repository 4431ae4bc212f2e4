"""What counts as an event: confirmed alarms, or what the reviewers agree on."""

import pytest

from core.errors import SessionError
from core.evaluation.szcore_tsv import format_szcore_tsv
from monitor.alarm import AlarmState
from monitor.archive.history import Finding
from monitor.archive.record import SessionRecord
from monitor.export.events import EventChoice, choose_events, latest_verdicts
from tests.session_folders import FIRST, SECOND, RunOf, Told, make_session, verdict

YES, NO, UNSURE = Finding.SEIZURE, Finding.NO_SEIZURE, Finding.UNSURE


def events(folder, choice=EventChoice.ALARMS, reviewer=None):
    return choose_events(SessionRecord(folder), choice, reviewer)


def test_only_confirmed_alarms_are_events(tmp_path) -> None:
    run = RunOf(
        alarms=(
            Told(5, 9, AlarmState.RETRACTED),
            Told(20.5, 31.25),
            Told(60, 70, AlarmState.RAISED),
            Told(90, 100, AlarmState.CONFIRMED),
        )
    )
    chosen = events(make_session(tmp_path / "s", [run]))
    assert chosen.annotations.seizures() == [(20.5, 31.25), (90.0, 100.0)]
    assert chosen.annotations.spans[0].confidence == 0.9375
    assert chosen.annotations.duration_s == 120.0
    assert chosen.remarks == (
        "alarm 4 had not ended when the log ends: cut there",
        "alarm 3 left out: raised, neither confirmed nor retracted",
    )


def test_several_runs_lie_on_the_sessions_clock(tmp_path) -> None:
    folder = make_session(tmp_path / "s", [RunOf(ended=False), RunOf(offset_s=3600.5)])
    chosen = events(folder)
    assert chosen.annotations.seizures() == [(30.25, 52.5), (3630.75, 3653.0)]
    assert chosen.annotations.duration_s == 3720.5


def test_an_event_behind_the_end_is_cut_to_the_session(tmp_path) -> None:
    run = RunOf(seconds=60, parts=(60,), alarms=(Told(50, 60.125),))
    folder = make_session(tmp_path / "s", [run], notes=False)
    annotations = events(folder).annotations
    assert annotations.spans[0].stop_s <= annotations.duration_s


def test_without_an_event_there_is_one_background_row(tmp_path) -> None:
    folder = make_session(tmp_path / "s", [RunOf(alarms=())])
    lines = format_szcore_tsv(events(folder).annotations).splitlines()
    assert len(lines) == 2
    assert lines[1].split("\t")[:3] == ["0.00", "120.00", "bckg"]


@pytest.mark.parametrize(
    ("said", "expected", "remark"),
    [
        (((YES, FIRST),), 1, None),
        (((YES, FIRST), (YES, SECOND)), 1, None),
        (((YES, FIRST), (UNSURE, SECOND)), 1, None),
        (((NO, FIRST),), 0, None),
        (((YES, FIRST), (NO, SECOND)), 0, "alarm 1 left out: the reviewers disagree"),
        (((UNSURE, FIRST), (UNSURE, SECOND)), 0, "alarm 1 left out: nobody is sure"),
        (((NO, FIRST), (YES, FIRST)), 1, None),  # thought again
        (((YES, FIRST), (UNSURE, FIRST)), 0, "alarm 1 left out: nobody is sure"),
    ],
)
def test_reviewers_must_not_disagree(tmp_path, said, expected, remark) -> None:
    verdicts = [verdict("alarm 1", finding, who) for finding, who in said]
    folder = make_session(tmp_path / "s", verdicts=verdicts)
    chosen = events(folder, EventChoice.REVIEWED)
    assert len(chosen.annotations.spans) == expected
    expected_remarks = [] if remark is None else [remark]
    assert list(chosen.remarks) == [*expected_remarks, "alarm 2 left out: not reviewed"]


def test_the_latest_seizure_verdict_gives_times_and_type(tmp_path) -> None:
    folder = make_session(
        tmp_path / "s",
        verdicts=[
            verdict("alarm 1", YES, FIRST, (29.0, 50.0)),
            verdict("alarm 1", YES, SECOND, (30.0, 51.0), "sz_gen_m_tonicClonic"),
            verdict("missed 1", YES, SECOND, (100.0, 108.5), "something else"),
        ],
    )
    spans = events(folder, EventChoice.REVIEWED).annotations.spans
    assert [(s.start_s, s.stop_s, s.event_type, s.confidence) for s in spans] == [
        (30.0, 51.0, "sz_gen_m_tonicClonic", None),
        (100.0, 108.5, "sz", None),
    ]
    only = events(folder, EventChoice.REVIEWED, FIRST).annotations.spans
    assert [(s.start_s, s.stop_s) for s in only] == [(29.0, 50.0)]


def test_without_verdicts_reviewed_events_are_refused(tmp_path) -> None:
    folder = make_session(tmp_path / "s")
    with pytest.raises(SessionError, match="holds no verdicts; review it first"):
        events(folder, EventChoice.REVIEWED)
    folder = make_session(tmp_path / "t", verdicts=[verdict("alarm 1", YES)])
    with pytest.raises(SessionError, match=r"no verdicts by Dr\. Nobody"):
        events(folder, EventChoice.REVIEWED, "Dr. Nobody")


def test_a_later_verdict_of_the_same_reviewer_counts() -> None:
    said = [
        verdict("alarm 1", YES, FIRST),
        verdict("alarm 1", NO, SECOND),
        verdict("alarm 1", UNSURE, FIRST),
    ]
    assert [(v.reviewer, v.finding) for v in latest_verdicts(said)] == [
        (SECOND, NO),
        (FIRST, UNSURE),
    ]
