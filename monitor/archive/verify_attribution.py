"""What the log says of attributions, held against its alarms."""

from collections.abc import Iterator

from core.electrodes import ELECTRODES
from monitor.archive.attribution_rows import attribution_of
from monitor.archive.record import SessionRecord
from monitor.attributions import AlarmAttribution

__all__ = ["check_attributions"]


def check_attributions(record: SessionRecord) -> list[str]:
    """Return what is wrong with the rows of kind ``attribution``, a line each."""
    faults: list[str] = []
    raised_by: dict[int, int] = {}
    explained: dict[int, int] = {}
    for row in record.rows:
        if row.kind == "alarm" and row.body["transition"] == "raised":
            raised_by[row.body["alarm_id"]] = row.run
        if row.kind != "attribution":
            continue
        found = attribution_of(row.body)
        name = f"row {row.seq}: the attribution of alarm {found.alarm_id}"
        if raised_by.get(found.alarm_id) != row.run:
            faults.append(f"{name}, which run {row.run} had not raised by then")
        if found.alarm_id in explained:
            faults.append(f"{name} is told in row {explained[found.alarm_id]} already")
        explained.setdefault(found.alarm_id, row.seq)
        faults += [f"{name} {what}" for what in _contradictions(found)]
    return faults


def _contradictions(found: AlarmAttribution) -> Iterator[str]:
    if found.fault:
        if found.channels or found.channel_scores or found.time_scores:
            yield "has scores, and a reason why there are none"
        return
    if len(found.channel_scores) != len(ELECTRODES):
        yield f"has {len(found.channel_scores)} scores, not {len(ELECTRODES)}"
        return
    scores = dict(zip(ELECTRODES, found.channel_scores, strict=True))
    unscored = [name for name in found.channels if (scores.get(name) or 0.0) <= 0]
    if unscored:
        yield f"names {', '.join(unscored)}, which scores nothing"
    if found.target[0] >= found.target[1]:
        yield "explains no sample"
