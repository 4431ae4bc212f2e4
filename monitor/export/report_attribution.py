"""The report's section on what the network used."""

from collections.abc import Iterator

from monitor.archive.history import AlarmHistory
from monitor.export import markup
from monitor.export.material import Material
from monitor.export.report_tables import MOST_ROWS, clock_text
from monitor.export.scalp_svg import scalp_svg

__all__ = ["attribution_pieces", "used_text"]


def used_text(alarm: AlarmHistory) -> str:
    """Say what the network used when it raised an alarm; empty where the log does not."""
    found = alarm.attribution
    if found is None:
        return ""
    if found.fault:
        return f"{found.words}: {found.fault}"
    return found.words if found.complete else f"{found.words} (the time budget did not suffice)"


def attribution_pieces(material: Material) -> Iterator[str]:
    """Show each alarm's electrodes on a map of the head, with their region and rhythm in words."""
    explained = [alarm for alarm in material.alarms if alarm.attribution is not None]
    if not explained:
        yield markup.paragraph("No alarm was explained.")
        return
    limit = f" The first {MOST_ROWS} of {len(explained)}." if len(explained) > MOST_ROWS else ""
    yield markup.paragraph(
        "By how much each electrode raised the network's score in the first seconds of the alarm: "
        "the fuller, the more. A heavy ring marks the dominant electrodes; they are named in "
        "order, with their region and their strongest rhythm. This is what the network used, not "
        f"where a seizure begins.{limit}"
    )
    yield '<div class="maps">'
    for alarm in explained[:MOST_ROWS]:
        yield _figure(material, alarm)
    yield "</div>"


def _figure(material: Material, alarm: AlarmHistory) -> str:
    found, words = alarm.attribution, used_text(alarm)
    caption = f"Alarm {alarm.alarm_id}, {clock_text(material, alarm.onset_s)}: {words}"
    if found is None or found.fault:
        return markup.captioned("", caption)
    description = f"Map of the head for alarm {alarm.alarm_id}: {words}"
    return markup.captioned(scalp_svg(found.shares, found.channels, description), caption)
