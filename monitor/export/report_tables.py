"""Tables of a session's report, as text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Any

from core.evaluation.agreement import agreement
from core.evaluation.report_tables import Table
from monitor.archive.history import AlarmHistory, Finding, Verdict
from monitor.export.events import latest_verdicts
from monitor.export.material import Material, run_at

__all__ = [
    "MOST_ROWS",
    "action_table",
    "agreement_table",
    "alarm_table",
    "clock_text",
    "delay_table",
    "flat_settings",
    "note_table",
    "span_text",
    "technical_table",
    "verdict_table",
]

MOST_ROWS = 1000
"""Of a table; the lines of JSON hold the rest."""

_NONE = "-"
_SIGNALLED = {
    "condition": "From the onset to the decision, in signal (all conditions)",
    "light": "From the decision to the painted banner",
    "sound": "From the decision to the started sound",
}


def clock_text(material: Material, time_s: float) -> str:
    """Return date and time of day, or the time since the start where that is all that is known."""
    run = run_at(material, time_s)
    moment = None if run is None else run.clock(time_s)
    return span_text(time_s) if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def span_text(seconds: float) -> str:
    """Return a length of time as ``h:mm:ss``."""
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}"


def alarm_table(material: Material) -> Table:
    """List the alarms with what became of each."""
    said: dict[str, list[Verdict]] = {}
    for verdict in latest_verdicts(material.verdicts):
        said.setdefault(verdict.subject, []).append(verdict)
    rows = []
    for alarm in material.alarms[:MOST_ROWS]:
        verdicts = said.get(f"alarm {alarm.alarm_id}", [])
        rows.append(
            (
                str(alarm.alarm_id),
                clock_text(material, alarm.onset_s),
                f"{alarm.onset_s:.2f}",
                f"{alarm.duration_s:.1f}",
                f"{alarm.peak:.2f}",
                alarm.state,
                f"{alarm.raised_s - alarm.onset_s:.1f}",
                _acknowledged(alarm),
                "; ".join(f"{v.reviewer}: {v.finding}" for v in verdicts) or _NONE,
            )
        )
    columns = (
        "Alarm", "Onset", "Second", "Length (s)", "Peak", "State", "Raised after (s)",
        "Acknowledged", "Verdicts",
    )  # fmt: skip
    return Table(columns, tuple(rows))


def _acknowledged(alarm: AlarmHistory) -> str:
    for moment in alarm.moments:
        if moment.transition == "acknowledged":
            after_s = (moment.logged_utc - alarm.moments[0].logged_utc).total_seconds()
            who = f" by {moment.reason}" if moment.reason else ""
            return f"after {after_s:.0f} s{who}"
    return _NONE


def technical_table(material: Material) -> Table:
    """List the technical alarms."""
    rows = tuple(
        (
            clock_text(material, span.start_s),
            f"{span.start_s:.2f}",
            "stands" if span.stop_s is None else f"{span.stop_s - span.start_s:.1f}",
            span.text,
        )
        for span in material.technical[:MOST_ROWS]
    )
    return Table(("Began", "Second", "Length (s)", "What"), rows)


def note_table(material: Material) -> Table:
    """List notes of the operator and markers."""
    rows = tuple(
        (
            clock_text(material, note.time_s),
            f"{note.time_s:.2f}",
            "marker" if note.who is None else "note",
            note.text,
            note.who or _NONE,
        )
        for note in material.notes[:MOST_ROWS]
    )
    return Table(("Time", "Second", "Kind", "Text", "Who"), rows)


def action_table(steps: Iterable[Mapping[str, Any]]) -> tuple[Table, int]:
    """List what people did at the monitor; also return how many rows there would be.

    Parameters
    ----------
    steps
        Rows of the log.
    """
    rows: list[tuple[str, ...]] = []
    n_rows = 0
    for step in steps:
        row = _action(step)
        if row is not None:
            n_rows += 1
            if len(rows) < MOST_ROWS:
                rows.append((str(step.get("logged_utc", ""))[:19].replace("T", " "), *row))
    return Table(("Logged (UTC)", "What", "About", "Who"), tuple(rows)), n_rows


def _action(step: Mapping[str, Any]) -> tuple[str, str, str] | None:
    body = step.get("body", {})
    who = str(body.get("who") or "")
    if step.get("kind") == "operator":
        return str(body.get("action", "")), str(body.get("text") or _NONE), who or _NONE
    transition, key = str(body.get("transition", "")), str(body.get("key", ""))
    if step.get("kind") == "signal" and who:
        if transition == "acknowledged" and key.startswith("seizure "):
            return None  # the alarm's own step says so
        return transition, key, who
    if step.get("kind") == "alarm" and transition == "acknowledged":
        about = f"alarm {body.get('alarm_id')}"
        return "acknowledged", about, str(body.get("reason") or _NONE)
    return None


def verdict_table(material: Material) -> Table:
    """List every verdict; a later one stands beside the one before."""
    rows = tuple(
        (
            _NONE if v.logged_utc is None else f"{v.logged_utc:%Y-%m-%d %H:%M:%S}",
            v.subject,
            v.reviewer,
            str(v.finding),
            v.seizure_type or _NONE,
            f"{v.onset_s:.2f}",
            f"{v.offset_s - v.onset_s:.1f}",
            v.comment or _NONE,
        )
        for v in material.verdicts[:MOST_ROWS]
    )
    columns = (
        "Given (UTC)", "Subject", "Reviewer", "Verdict", "Type", "Onset (s)", "Length (s)",
        "Comment",
    )  # fmt: skip
    return Table(columns, rows)


def agreement_table(material: Material) -> Table:
    """Compare each two reviewers on what both have judged."""
    findings: dict[str, dict[str, Finding]] = {}
    for verdict in latest_verdicts(material.verdicts):
        findings.setdefault(verdict.reviewer, {})[verdict.subject] = verdict.finding
    rows = []
    for one, other in combinations(findings, 2):
        both = [subject for subject in findings[one] if subject in findings[other]]
        pairs = [(findings[one][subject], findings[other][subject]) for subject in both]
        rows.append((one, other, str(len(pairs)), *_agreement(pairs)))
    return Table(("Reviewer", "And", "Judged by both", "Agree", "Cohen's kappa"), tuple(rows))


def _agreement(pairs: Sequence[tuple[Finding, Finding]]) -> tuple[str, str]:
    found = agreement(pairs)
    share, kappa = found.share, found.kappa
    return (
        _NONE if share is None else f"{share:.0%}",
        "not defined" if kappa is None else f"{kappa:.2f}",
    )


def delay_table(material: Material) -> Table:
    """Sum up the delays: from onset to decision, from decision to signal, to acknowledgement."""
    raised = [alarm.raised_s - alarm.onset_s for alarm in material.alarms]
    answered = [
        (moment.logged_utc - alarm.moments[0].logged_utc).total_seconds()
        for alarm in material.alarms
        for moment in alarm.moments
        if moment.transition == "acknowledged"
    ]
    rows = [
        _delay_row("From the detected onset to the end of the signal analysed when raised", raised),
        _delay_row("From the alarm to its acknowledgement (computer's clock)", answered),
    ]
    signalled: dict[str, list[float]] = {}
    for step in material.steps():
        if step.get("kind") == "delay":
            for key, value in step.get("body", {}).items():
                if key.endswith("_s") and isinstance(value, int | float):
                    signalled.setdefault(key.removesuffix("_s"), []).append(float(value))
    for key, values in signalled.items():
        rows.append(_delay_row(_SIGNALLED.get(key, key), values))
    return Table(("Delay", "Number", "Median (s)", "Longest (s)"), tuple(rows))


def _delay_row(name: str, values: Sequence[float]) -> tuple[str, ...]:
    if not values:
        return name, "0", _NONE, _NONE
    return name, str(len(values)), f"{median(values):.2f}", f"{max(values):.2f}"


def flat_settings(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every setting by its full name."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat_settings(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
