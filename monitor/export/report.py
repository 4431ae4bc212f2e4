"""A report of a session: one HTML file that needs nothing else, for the screen and for paper."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.config import EventsConfig
from core.errors import VigilError
from core.evaluation.audit_pictures import CUT_OFF
from core.evaluation.report_tables import Table
from monitor.archive.history import AlarmHistory, Verdict
from monitor.export import markup
from monitor.export.events import CONFIRMED, Opinion, latest_verdicts, opinions
from monitor.export.excerpt import AFTER_S, BEFORE_S, FILTERS, MONTAGE, read_excerpt
from monitor.export.excerpt_picture import draw_excerpt
from monitor.export.material import Material, Progress
from monitor.export.overview import Burden, draw_overview, measure_burden
from monitor.export.pictures import small_png
from monitor.export.report_attribution import attribution_pieces, used_text
from monitor.export.report_facts import record_facts, session_facts
from monitor.export.report_tables import (
    MOST_ROWS,
    action_table,
    agreement_table,
    alarm_table,
    clock_text,
    delay_table,
    flat_settings,
    note_table,
    span_text,
    technical_table,
    verdict_table,
)

__all__ = ["DEFAULT_PICTURES", "NOTICE", "UNTRAINED", "write_report"]

NOTICE = "Research software, not a certified medical device."
UNTRAINED = "UNTRAINED: nobody trained these weights. No alarm below means anything."
DEFAULT_PICTURES = 40

_SECTIONS = (
    ("summary", "Summary"),
    ("overview", "The session at a glance"),
    ("alarms", "Seizure alarms"),
    ("used", "What the network used"),
    ("eeg", "EEG around the alarms"),
    ("verdicts", "Review"),
    ("delays", "Delays"),
    ("technical", "Technical alarms"),
    ("actions", "Operator actions, notes and markers"),
    ("settings", "Settings"),
)
_TITLES = dict(_SECTIONS)


def write_report(
    material: Material,
    path: Path,
    progress: Progress,
    *,
    n_pictures: int = DEFAULT_PICTURES,
    deidentified: bool = False,
    trust: str = "not checked",
) -> None:
    """Write the report; memory does not grow with the number of pictures.

    Parameters
    ----------
    material
        The session.
    path
        To write.
    progress
        Takes the share that is done.
    n_pictures
        Most pictures of alarms.
    deidentified
        Whether to say that names and dates are not the true ones.
    trust
        What became of checking the session, in words.

    Raises
    ------
    VigilError
        Where the probability cannot be read.
    OSError
        Where the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for piece in _pieces(material, progress, n_pictures, deidentified, trust):
            file.write(piece + "\n")


def _pieces(
    material: Material, progress: Progress, n_pictures: int, deidentified: bool, trust: str
) -> Iterator[str]:
    burden = measure_burden(material)
    yield from _head(material, deidentified)
    yield markup.heading(2, _TITLES["summary"], "summary")
    yield markup.facts((*session_facts(material, burden), ("As it was recorded", trust)))
    yield from _overview(material, burden)
    yield from _alarms(material)
    yield markup.heading(2, _TITLES["used"], "used")
    yield from attribution_pieces(material)
    yield from _excerpts(material, progress, n_pictures)
    yield from _review(material)
    yield markup.heading(2, _TITLES["delays"], "delays")
    yield markup.table(
        delay_table(material), "How long everything took", ("Number", "Median (s)", "Longest (s)")
    )
    yield from _technical(material)
    yield from _actions(material)
    yield markup.heading(2, _TITLES["settings"], "settings")
    yield markup.facts(record_facts(material))
    settings = tuple(flat_settings(material.description.get("config") or {}))
    yield markup.table(Table(("Setting", "Value"), settings), "Configuration")
    yield "</main></body></html>"


def _head(material: Material, deidentified: bool) -> Iterator[str]:
    begin = clock_text(material, 0.0)
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in _SECTIONS)
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>EEG monitoring, {begin}</title><style>{markup.STYLE}</style></head><body>"
    )
    yield f"<header>{markup.heading(1, 'EEG monitoring report')}"
    yield markup.paragraph(f"From {begin}, {span_text(material.duration_s)} long", "subtitle")
    yield markup.notice(NOTICE)
    if material.description.get("weights") == "UNTRAINED":
        yield markup.notice(UNTRAINED, warning=True)
    if deidentified:
        yield markup.notice(
            "De-identified: names and remarks are removed, all dates are shifted by the same "
            "number of days; times of day and intervals are true."
        )
    yield f'<nav aria-label="Contents"><ul>{links}</ul></nav></header><main>'


def _overview(material: Material, burden: Burden) -> Iterator[str]:
    yield markup.heading(2, _TITLES["overview"], "overview")
    n_alarms = sum(alarm.state in CONFIRMED for alarm in material.alarms)
    yield markup.figure(
        small_png(draw_overview(material, burden)),
        f"Time line of the session: {n_alarms} confirmed alarms, {len(material.technical)} "
        f"technical alarms, the probability and the seizure burden, at most "
        f"{burden.hours.max(initial=0.0):.1%} of any 60 minutes.",
        f"Probability: highest value; grey where there is none. Seizure burden, by the detector: "
        f"share of each {burden.block_s / 60:g} min (bars) and of the 60 min before (line);"
        " dashed: 20 %, a status epilepticus. Dotted: the monitor was started again.",
    )


def _alarms(material: Material) -> Iterator[str]:
    yield markup.heading(2, _TITLES["alarms"], "alarms")
    if not material.alarms:
        yield markup.paragraph("None.")
        return
    numbers = ("Second", "Length (s)", "Peak", "Raised after (s)")
    yield from _table(
        alarm_table(material), "Every alarm in the order they were raised", len(material.alarms),
        numbers,
    )  # fmt: skip


def _excerpts(material: Material, progress: Progress, n_pictures: int) -> Iterator[str]:
    yield markup.heading(2, _TITLES["eeg"], "eeg")
    chosen, n_all = _choose(material, n_pictures)
    if not chosen:
        yield markup.paragraph("No pictures." if n_all else "No alarm to show.")
        progress(1.0)
        return
    which = (
        f"All {n_all} alarms and missed seizures."
        if len(chosen) == n_all
        else f"{len(chosen)} of {n_all} alarms and missed seizures: confirmed ones before "
        "retracted ones, those of the highest peaks first chosen. The others are in the table."
    )
    yield markup.paragraph(
        f"{which} {MONTAGE} montage, {FILTERS}, positive up, {BEFORE_S:g} s before to {AFTER_S:g} "
        f"s after the onset. Orange: the alarm. Dashed: end of the signal that had been analysed "
        f"when it was raised. Traces are cut off at {CUT_OFF:g} times the spacing."
    )
    said = {opinion.subject: opinion for opinion in opinions(material.verdicts)}
    for number, subject in enumerate(chosen):
        yield _excerpt(material, subject, said)
        progress((number + 1) / len(chosen))


Subject = AlarmHistory | Verdict


def _choose(material: Material, n_pictures: int) -> tuple[list[Subject], int]:
    """Choose what is pictured, in the order of time, and count what could be."""
    missed: dict[str, Verdict] = {}
    for verdict in latest_verdicts(material.verdicts):
        if verdict.subject.startswith("missed"):
            missed[verdict.subject] = verdict
    alarms = sorted(material.alarms, key=lambda a: (a.state not in CONFIRMED, -a.peak))
    subjects: list[Subject] = [*missed.values(), *alarms]
    chosen = sorted(subjects[:n_pictures], key=lambda subject: subject.onset_s)
    return chosen, len(subjects)


def _excerpt(material: Material, subject: Subject, said: dict[str, Opinion]) -> str:
    if isinstance(subject, AlarmHistory):
        name, raised_s = f"alarm {subject.alarm_id}", subject.raised_s
        what = f"peak {subject.peak:.2f}, {subject.state}"
        if used := used_text(subject):
            what += f"; {used}"
    else:
        name, raised_s, what = subject.subject, None, "no alarm told of it"
    opinion = said.get(name)
    verdicts = () if opinion is None else opinion.verdicts
    length_s = subject.offset_s - subject.onset_s
    words = "; ".join(f"{v.reviewer}: {v.finding}" for v in verdicts) or "no verdict"
    title = f"{name.capitalize()}, {clock_text(material, subject.onset_s)}"
    caption = f"{length_s:.1f} s from second {subject.onset_s:.2f}, {what}; {words}."
    heading = markup.heading(3, title)
    try:
        excerpt = read_excerpt(material, subject.onset_s)
    except VigilError as error:
        # One lost file must not take the alarms of the whole night with it.
        lost = markup.notice(f"No picture: {error}", warning=True)
        return heading + lost + markup.paragraph(caption)
    picture = draw_excerpt(
        excerpt,
        (subject.onset_s, subject.offset_s),
        raised_s,
        _thresholds(material),
        verdicts,
    )
    description = f"EEG around the onset of {name}, with the seizure probability below. {caption}"
    image = markup.figure(small_png(picture), description, caption)
    return heading + image


def _thresholds(material: Material) -> tuple[float, float]:
    events = EventsConfig.model_validate(
        (material.description.get("config") or {}).get("events") or {}
    )
    return events.tau_on, events.tau_off


def _review(material: Material) -> Iterator[str]:
    yield markup.heading(2, _TITLES["verdicts"], "verdicts")
    if not material.verdicts:
        yield markup.paragraph("Nobody has reviewed the alarms yet.")
        return
    numbers = ("Onset (s)", "Length (s)")
    yield from _table(
        verdict_table(material), "Every verdict; none replaces another", len(material.verdicts),
        numbers,
    )  # fmt: skip
    agreement = agreement_table(material)
    if agreement.rows:
        yield markup.table(
            agreement, "Agreement of the latest verdicts", ("Judged by both", "Agree")
        )


def _technical(material: Material) -> Iterator[str]:
    yield markup.heading(2, _TITLES["technical"], "technical")
    if not material.technical:
        yield markup.paragraph("None.")
        return
    yield from _table(
        technical_table(material), "Faults of signal and equipment", len(material.technical),
        ("Second", "Length (s)"),
    )  # fmt: skip


def _actions(material: Material) -> Iterator[str]:
    yield markup.heading(2, _TITLES["actions"], "actions")
    actions, n_actions = action_table(material.steps())
    if actions.rows:
        yield from _table(actions, "What was done at the monitor", n_actions)
    else:
        yield markup.paragraph("Nothing was done at the monitor.")
    if material.notes:
        yield from _table(
            note_table(material), "Notes and markers", len(material.notes), ("Second",)
        )


def _table(content: Table, caption: str, n_rows: int, numbers: Sequence[str] = ()) -> Iterator[str]:
    if n_rows > len(content.rows):
        caption += f"; the first {MOST_ROWS} of {n_rows}, all are in the JSON lines"
    yield markup.table(content, caption, numbers)
