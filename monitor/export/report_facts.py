"""What a report says of a session in names and values."""

from collections.abc import Iterator
from typing import Any

from monitor.archive.history import Finding
from monitor.export.events import CONFIRMED, opinions
from monitor.export.material import Material
from monitor.export.overview import Burden, highest_share
from monitor.export.report_tables import clock_text, span_text

__all__ = ["record_facts", "session_facts"]


def session_facts(material: Material, burden: Burden) -> tuple[tuple[str, str], ...]:
    """Sum up the session."""
    alarms = material.alarms
    held = [alarm for alarm in alarms if alarm.state in CONFIRMED]
    retracted = sum(alarm.state == "retracted" for alarm in alarms)
    acknowledged = sum(alarm.acknowledged for alarm in alarms)
    longest_s = max((alarm.duration_s for alarm in held), default=0.0)
    facts = [
        ("Began", clock_text(material, 0.0)),
        ("Ended", clock_text(material, material.duration_s)),
        ("Length", span_text(material.duration_s)),
        ("Interruptions", _interruptions(material)),
        ("Gaps in the signal", _gaps(material)),
        (
            "Seizure alarms",
            f"{len(alarms)} raised: {len(held)} confirmed, {retracted} retracted; "
            f"{acknowledged} acknowledged",
        ),
        (
            "Seizure burden, by the detector",
            f"longest {span_text(longest_s)}, at most {highest_share(burden):.1%} of any 60 min",
        ),
        ("Review", _review(material)),
        ("Technical alarms", str(len(material.technical))),
        ("Software", str(material.description.get("software", "unknown"))),
        ("Weights", str(material.description.get("weights", "unknown"))),
    ]
    return tuple(facts)


def _interruptions(material: Material) -> str:
    if len(material.runs) < 2:
        return "none" if all(run.ended for run in material.runs) else "not closed in order"
    crashes = sum(not run.ended for run in material.runs[:-1])
    starts = ", ".join(clock_text(material, run.offset_s) for run in material.runs[1:])
    text = f"started again {_times(len(material.runs) - 1)} ({starts})"
    return f"{text}; {_times(crashes)} behind a crash" if crashes else text


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _gaps(material: Material) -> str:
    gaps_s = list(_gap_lengths_s(material))
    if not gaps_s:
        return "none"
    return f"{len(gaps_s)}, together {sum(gaps_s):.1f} s, the longest {max(gaps_s):.1f} s"


def _gap_lengths_s(material: Material) -> Iterator[float]:
    for step in material.steps():
        body = step.get("body", {})
        if step.get("kind") == "run_ended":
            for start_s, stop_s in body.get("gaps") or []:
                yield stop_s - start_s


def _review(material: Material) -> str:
    said = opinions(material.verdicts)
    if not said:
        return "no verdict yet"
    judged = sum(opinion.subject.startswith("alarm") for opinion in said)
    seizures = sum(opinion.is_seizure for opinion in said)
    disputed = sum(opinion.is_disputed for opinion in said)
    undecided = sum(opinion.is_undecided for opinion in said)
    missed = sum(opinion.is_seizure and opinion.subject.startswith("missed") for opinion in said)
    false = sum(opinion.findings == {Finding.NO_SEIZURE} for opinion in said)
    return (
        f"{judged} of {len(material.alarms)} alarms judged: {seizures} seizures"
        f" ({missed} of them missed by the detector), {false} not, {disputed} disputed, "
        f"{undecided} unsure"
    )


def record_facts(material: Material) -> tuple[tuple[str, str], ...]:
    """Say what was recorded and what ran."""
    description = material.description
    source: dict[str, Any] = description.get("source") or {}
    rates = sorted({part.sfreq_hz for part in material.parts})
    channels = material.parts[0].ch_names if material.parts else source.get("ch_names") or ()
    facts = [
        ("Engine", str(description.get("engine", "unknown"))),
        ("Configuration", str(description.get("config_hash", "unknown"))),
        ("Source", str(source.get("kind", "unknown"))),
        ("Recorded EEG", _parts(material)),
        ("Sampling rate", ", ".join(f"{rate:g} Hz" for rate in rates) or "unknown"),
        ("Channels", ", ".join(channels)),
    ]
    facts += [("Note", str(note)) for note in description.get("montage_notes") or ()]
    return tuple(facts)


def _parts(material: Material) -> str:
    n_parts = len(material.parts)
    return f"{n_parts} file{'s' if n_parts != 1 else ''}" if n_parts else "none"
