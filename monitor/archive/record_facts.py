"""Facts of a session, put together from the rows of its log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from monitor.archive.attribution_rows import attribution_of
from monitor.archive.history import (
    AlarmHistory,
    AlarmMoment,
    EegPart,
    Finding,
    Run,
    SessionNote,
    TechnicalSpan,
    Verdict,
)
from monitor.archive.rows import LogRow

__all__ = [
    "SFREQ_HZ",
    "alarms_of",
    "notes_of",
    "parts_of",
    "runs_of",
    "technical_of",
    "verdicts_of",
]

SFREQ_HZ = 256.0
"""Rate that the samples of all rows count in; the EEG's own rate stands with its parts."""


def runs_of(
    rows: Iterable[LogRow], description: Mapping[str, Any], ends_s: Mapping[int, float]
) -> tuple[Run, ...]:
    """Return the runs.

    Parameters
    ----------
    rows
        Of the log.
    description
        ``session.json``; it alone tells of the run of a log of version 1 or 2.
    ends_s
        How far each run's signal is known to have come, by files, in seconds since it began.
    """
    began: dict[int, LogRow] = {}
    ended: set[int] = set()
    seen_s = dict(ends_s)
    first_utc: datetime | None = None
    for row in rows:
        first_utc = first_utc or row.logged_utc
        if row.kind == "run_began":
            began[row.run] = row
        elif row.kind == "run_ended":
            ended.add(row.run)
            seen_s[row.run] = max(seen_s.get(row.run, 0.0), row.body.get("duration_s") or 0.0)
        elif row.sample is not None:
            seen_s[row.run] = max(seen_s.get(row.run, 0.0), row.sample / SFREQ_HZ)
    runs = [
        Run(
            number=number,
            offset_s=float(row.body["offset_s"]),
            duration_s=seen_s.get(number, 0.0),
            start_time=_time(row.body.get("start_time")),
            began_utc=row.logged_utc,
            ended=number in ended,
        )
        for number, row in began.items()
    ]
    if 1 not in began:
        first = _unlogged_run(description, first_utc, seen_s.get(1, 0.0), alone=not began)
        runs.insert(0, first)
    return tuple(runs)


def _unlogged_run(
    description: Mapping[str, Any], first_utc: datetime | None, seen_s: float, *, alone: bool
) -> Run:
    """Return the first run where the log does not tell of its beginning."""
    summary = (description.get("summary") or {}) if alone else {}
    told = next(iter(description.get("runs") or ()), None) or {
        "began_utc": description.get("started_utc"),
        "start_time": (description.get("source") or {}).get("start_time"),
    }
    began_utc = _time(told.get("began_utc")) or first_utc
    return Run(
        number=1,
        offset_s=0.0,
        duration_s=max(seen_s, summary.get("duration_s") or 0.0),
        start_time=_time(told.get("start_time")),
        began_utc=began_utc or datetime.fromtimestamp(0, UTC),
        ended=alone and description.get("state") == "finished",
    )


def parts_of(rows: Iterable[LogRow]) -> tuple[EegPart, ...]:
    """Return the files of the EEG; a closed one tells its length."""
    parts: dict[int, EegPart] = {}
    for row in rows:
        if row.kind == "part_opened":
            body = row.body
            parts[body["number"]] = EegPart(
                number=body["number"],
                file=body["file"],
                run=row.run if body.get("run") is None else body["run"],
                start_sample=body["start_sample"],
                sfreq_hz=body["sfreq_hz"],
                ch_names=tuple(body["ch_names"]),
                start_time=_time(body["start_time"]),
                header_sha256=body.get("header_sha256"),
            )
        elif row.kind == "part_closed" and row.body["number"] in parts:
            number = row.body["number"]
            parts[number] = replace(
                parts[number],
                n_samples=row.body["n_samples"],
                records_sha256=row.body.get("records_sha256"),
                header_sha256=row.body.get("header_sha256") or parts[number].header_sha256,
            )
    return tuple(parts[number] for number in sorted(parts))


def alarms_of(rows: Iterable[LogRow], offsets_s: Mapping[int, float]) -> tuple[AlarmHistory, ...]:
    """Return the seizure alarms, each with its steps and what it went back to."""
    histories: dict[int, AlarmHistory] = {}
    for row in rows:
        if row.kind == "attribution" and row.body["alarm_id"] in histories:
            found = attribution_of(row.body)
            histories[found.alarm_id] = replace(histories[found.alarm_id], attribution=found)
        if row.kind != "alarm":
            continue
        body, offset_s = row.body, offsets_s.get(row.run, 0.0)
        alarm_id = body["alarm_id"]
        moment = AlarmMoment(
            transition=body["transition"],
            at_s=offset_s + body["at_sample"] / SFREQ_HZ,
            logged_utc=row.logged_utc,
            reason=body["reason"],
        )
        before = histories.get(alarm_id)
        histories[alarm_id] = AlarmHistory(
            alarm_id=alarm_id,
            run=row.run,
            onset_s=offset_s + body["onset_sample"] / SFREQ_HZ,
            offset_s=offset_s + body["offset_sample"] / SFREQ_HZ,
            peak=body["peak"],
            state=body["state"],
            acknowledged=bool(body["acknowledged"]),
            moments=(moment,) if before is None else (*before.moments, moment),
            attribution=None if before is None else before.attribution,
        )
    return tuple(histories.values())


def technical_of(rows: Iterable[LogRow], runs: Sequence[Run]) -> tuple[TechnicalSpan, ...]:
    """Return the technical alarms; those that stand when a run ends last until then."""
    offsets_s = {run.number: run.offset_s for run in runs}
    spans: list[TechnicalSpan] = []
    standing: dict[tuple[int, str], int] = {}
    for row in rows:
        if row.kind != "technical":
            continue
        body = row.body
        time_s = offsets_s.get(row.run, 0.0) + body["sample"] / SFREQ_HZ
        place = standing.pop((row.run, body["key"]), None)
        if place is not None:
            spans[place] = replace(spans[place], stop_s=max(time_s, spans[place].start_s))
        if body["active"]:
            standing[row.run, body["key"]] = len(spans)
            spans.append(TechnicalSpan(body["key"], body["text"], time_s, None))
    stops_s = {run.number: run.stop_s for run in runs[:-1]}
    for (number, _), place in standing.items():
        if number in stops_s:
            spans[place] = replace(spans[place], stop_s=stops_s[number])
    return tuple(sorted(spans, key=lambda span: span.start_s))


def notes_of(rows: Iterable[LogRow], offsets_s: Mapping[int, float]) -> tuple[SessionNote, ...]:
    """Return what was remarked at the bedside, and markers."""
    notes = [
        SessionNote(
            time_s=offsets_s.get(row.run, 0.0) + row.body["sample"] / SFREQ_HZ,
            text=row.body["text"],
            who=row.body.get("who") if row.kind == "note" else None,
        )
        for row in rows
        if row.kind in ("note", "marker")
    ]
    return tuple(sorted(notes, key=lambda note: note.time_s))


def verdicts_of(rows: Iterable[LogRow]) -> tuple[Verdict, ...]:
    """Return what reviewers said, in the order they said it."""
    return tuple(
        Verdict(
            subject=row.body["subject"],
            finding=Finding(row.body["finding"]),
            seizure_type=row.body["seizure_type"],
            onset_s=row.body["onset_s"],
            offset_s=row.body["offset_s"],
            comment=row.body["comment"],
            reviewer=row.body["reviewer"],
            logged_utc=row.logged_utc,
        )
        for row in rows
        if row.kind == "verdict"
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
