"""What the annotations of an exported EEG say."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.archive.history import AlarmHistory, Verdict
from monitor.export.events import latest_verdicts
from monitor.export.material import Material

__all__ = ["Remark", "remarks_between", "session_remarks"]

_STATES = {
    "ended": "",
    "confirmed": ", goes on when the log ends",
    "raised": ", neither confirmed nor retracted",
    "retracted": ", retracted",
}
_TOLD = ("raised", "acknowledged")
"""Steps that have an annotation of their own; the others show in the alarm's."""


@dataclass(frozen=True, slots=True)
class Remark:
    """An annotation.

    Attributes
    ----------
    onset_s
        Since the session began.
    duration_s
        None for a moment.
    text
        What it says.
    """

    onset_s: float
    duration_s: float | None
    text: str

    @property
    def stop_s(self) -> float:
        return self.onset_s + (self.duration_s or 0.0)


def session_remarks(material: Material) -> list[Remark]:
    """Return all annotations of a session, in the order of time."""
    remarks = [
        *(remark for alarm in material.alarms for remark in _of_alarm(alarm)),
        *(_of_verdict(verdict) for verdict in latest_verdicts(material.verdicts)),
        *(
            Remark(
                span.start_s,
                (material.duration_s if span.stop_s is None else span.stop_s) - span.start_s,
                f"technical: {span.text}",
            )
            for span in material.technical
        ),
        *(Remark(run.offset_s, None, f"run {run.number} begins") for run in material.runs[1:]),
    ]
    for note in material.notes:
        kind = "marker" if note.who is None else "note"
        by = f" ({note.who})" if note.who else ""
        remarks.append(Remark(note.time_s, None, f"{kind}: {note.text}{by}"))
    return sorted(remarks, key=lambda remark: remark.onset_s)


def remarks_between(
    remarks: list[Remark], start_s: float, stop_s: float, *, is_last: bool
) -> Iterator[Remark]:
    """Cut annotations to the stretch that a file holds; what began before goes on in it.

    Parameters
    ----------
    remarks
        Of the session.
    start_s, stop_s
        The stretch, since the session began.
    is_last
        Whether no file follows: what lies at its very end or behind is then kept at its end.
    """
    for remark in remarks:
        onset_s, text = remark.onset_s, remark.text
        if onset_s < start_s:
            if remark.duration_s is None or remark.stop_s <= start_s:
                continue
            onset_s, text = start_s, f"{text} (continued)"
        elif onset_s >= stop_s:
            if not is_last:
                continue
            # The analysis may reach a filter's lag beyond the last record.
            onset_s = stop_s
        duration_s = remark.duration_s
        if duration_s is not None:
            duration_s = max(0.0, min(remark.stop_s, stop_s) - onset_s)
        yield Remark(onset_s - start_s, duration_s, text)


def _of_alarm(alarm: AlarmHistory) -> Iterator[Remark]:
    name = f"alarm {alarm.alarm_id}"
    state = _STATES.get(alarm.state, f", {alarm.state}")
    text = f"seizure {name}, peak {alarm.peak:.2f}{state}"
    yield Remark(alarm.onset_s, alarm.duration_s, text)
    for moment in alarm.moments:
        if moment.transition in _TOLD:
            by = f" ({moment.reason})" if moment.reason else ""
            yield Remark(moment.at_s, None, f"{name} {moment.transition}{by}")


def _of_verdict(verdict: Verdict) -> Remark:
    kind = f" ({verdict.seizure_type})" if verdict.seizure_type else ""
    comment = f": {verdict.comment}" if verdict.comment else ""
    text = f"verdict on {verdict.subject}: {verdict.finding}{kind}, {verdict.reviewer}{comment}"
    return Remark(verdict.onset_s, verdict.offset_s - verdict.onset_s, text)
