from datetime import UTC, datetime

import pytest

from monitor.archive.history import (
    AlarmHistory,
    AlarmMoment,
    Finding,
    SessionNote,
    TechnicalSpan,
    Verdict,
)
from monitor.views.review.cases import (
    CaseFilter,
    CaseKind,
    Which,
    agreements,
    cases_of,
    next_missed,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def alarm(alarm_id, onset_s, offset_s, peak=0.95, state="ended"):
    moment = AlarmMoment("raised", onset_s + 10, NOW, "")
    return AlarmHistory(alarm_id, 1, onset_s, offset_s, peak, state, False, (moment,))


def said(subject, finding, reviewer="A", at_s=(10.0, 20.0)):
    return Verdict(subject, finding, "", *at_s, "", reviewer, NOW)


ALARMS = (alarm(1, 100, 130), alarm(2, 300, 304, 0.88, "retracted"), alarm(3, 500, 560, 0.99))
YES, NO = Finding.SEIZURE, Finding.NO_SEIZURE


def cases(verdicts=(), technical=(), notes=()):
    return cases_of(ALARMS, technical, notes, verdicts, 1000.0)


def test_everything_is_in_the_order_of_time():
    found = cases(
        [said("missed 1", YES, at_s=(200, 210))],
        [TechnicalSpan("gap", "gap", 150, 210), TechnicalSpan("audio", "no sound", 900, None)],
        [SessionNote(50, "eyes open", "nurse"), SessionNote(400, "trigger", None)],
    )
    assert [case.onset_s for case in found] == [50, 100, 150, 200, 300, 400, 500, 900]
    assert [case.kind for case in found][:4] == [
        CaseKind.NOTE, CaseKind.ALARM, CaseKind.TECHNICAL, CaseKind.MISSED,
    ]  # fmt: skip
    assert found[-1].offset_s == 1000
    assert [case.can_be_judged for case in found] == [
        False, True, False, True, True, False, True, False,
    ]  # fmt: skip


def test_the_latest_verdict_of_each_reviewer_counts():
    case = cases([said("alarm 1", YES), said("alarm 1", NO, "B"), said("alarm 1", NO)])[0]
    assert case.by("A").finding is NO
    assert not case.disagreeing
    assert len(case.verdicts) == 3
    assert case.by("C") is None


def test_a_missed_seizure_lies_where_it_was_put_last():
    verdicts = [said("missed 1", YES, at_s=(200, 210)), said("missed 1", YES, at_s=(205, 230))]
    (missed,) = [case for case in cases(verdicts) if case.kind is CaseKind.MISSED]
    assert (missed.onset_s, missed.offset_s) == (205, 230)


def test_missed_seizures_are_counted_over_all_reviewers():
    assert next_missed([]) == "missed 1"
    assert next_missed([said("missed 2", YES, "B"), said("alarm 7", YES)]) == "missed 3"


@pytest.mark.parametrize(
    ("which", "left"),
    [
        (CaseFilter(), [1, 2, 3]),
        (CaseFilter(Which.OPEN), [2, 3]),
        (CaseFilter(Which.MINE), [1]),
        (CaseFilter(Which.DISAGREEING), [1]),
        (CaseFilter(state="retracted"), [2]),
        (CaseFilter(min_duration_s=30), [1, 3]),
        (CaseFilter(min_duration_s=30.1), [3]),
        (CaseFilter(min_peak=0.95), [1, 3]),
        (CaseFilter(Which.OPEN, "ended", 5, 0.99), [3]),
    ],
)
def test_filters(which, left):
    verdicts = [said("alarm 1", YES), said("alarm 1", NO, "B"), said("alarm 3", YES, "B")]
    technical, notes = [TechnicalSpan("gap", "gap", 1, 2)], [SessionNote(1, "x", "")]
    shown = [c for c in cases(verdicts, technical, notes) if which.shows(c, "A")]
    assert [case.subject for case in shown] == [f"alarm {n}" for n in left]


def test_technical_alarms_and_notes_are_listed_besides():
    found = cases((), [TechnicalSpan("gap", "gap", 1, 2)], [SessionNote(3, "x", "")])
    only = CaseFilter(state="retracted", technical=True, notes=True)
    assert [c.kind.value for c in found if only.shows(c, "A")] == ["technical", "note", "alarm"]


def test_agreement_is_about_alarms_that_both_judged():
    verdicts = [
        said("alarm 1", NO), said("alarm 1", YES), said("alarm 2", NO), said("missed 1", YES),
        said("alarm 1", YES, "B"), said("alarm 2", YES, "B"), said("alarm 3", YES, "B"),
        said("missed 1", YES, "B"), said("alarm 3", YES, "C"),
    ]  # fmt: skip
    found = agreements(verdicts, "A")
    assert list(found) == ["B", "C"]
    assert (found["B"].n_cases, found["B"].n_equal) == (2, 1)
    assert found["B"].kappa == 0.0
    assert found["C"].n_cases == 0
