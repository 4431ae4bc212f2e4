"""A session without names, free text and true dates."""

import getpass
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

from core.errors import SessionError, VigilError
from core.evaluation.seizure_types import SEIZURE_TYPES
from core.types import Chunk, FloatArray
from monitor.archive.history import (
    AlarmHistory,
    AlarmMoment,
    EegPart,
    Run,
    SessionNote,
    TechnicalSpan,
    Verdict,
)
from monitor.attributions import AlarmAttribution
from monitor.export.material import Material, start_times
from monitor.export.scrubbing import (
    PERSON_KEYS,
    REMOVED,
    People,
    Scrubber,
    neutral_channel,
)

__all__ = ["Deidentified", "draw_shift", "fitting_shift"]

_FIRST_DAY = datetime(1985, 1, 1)  # noqa: DTZ001 - EDF knows no time zone
_LAST_DAY = datetime(2084, 12, 31)  # noqa: DTZ001 - EDF knows no time zone
"""Of the years that an EDF header can hold with two digits."""

_LEAST_DAYS, _MOST_DAYS = 366, 7300
"""A shift of more than a year leaves no true date even in a long session."""

_SHORTEST_SECRET = 2
_PUBLIC_KEYS = frozenset(
    ["kind", "type", "format", "unit", "units", "speed", "start_time", "ch_names"]
)
"""What a source's description may say without naming anybody."""


def fitting_shift(material: Material, days: int) -> timedelta:
    """Take a shift that somebody chose.

    Raises
    ------
    SessionError
        Where it is no shift, or leads to dates that EDF cannot hold.
    """
    low, high = _limits(material)
    if days == 0 or not low <= days <= high:
        raise SessionError(
            f"date shift is {days} days, must be from {low} to {high} and not 0: "
            f"dates must lie in {_FIRST_DAY.year} to {_LAST_DAY.year}"
        )
    return timedelta(days=days)


def draw_shift(material: Material) -> timedelta:
    """Draw a number of days that nobody can guess."""
    low, high = _limits(material)
    days = [
        *range(max(low, -_MOST_DAYS), -_LEAST_DAYS + 1),
        *range(_LEAST_DAYS, min(high, _MOST_DAYS) + 1),
    ]
    if not days:
        raise SessionError(
            f"{material.folder}: its dates cannot be shifted within {_FIRST_DAY.year} to "
            f"{_LAST_DAY.year}, where EDF's dates lie"
        )
    return timedelta(days=secrets.choice(days))


def _limits(material: Material) -> tuple[int, int]:
    moments = [moment.replace(tzinfo=None) for moment in start_times(material)]
    first, last = min(moments, default=_FIRST_DAY), max(moments, default=_FIRST_DAY)
    # A day at either end for the session's own length and for time zones.
    margin = 1 + int(material.duration_s // 86400)
    return (_FIRST_DAY - first).days + margin, (_LAST_DAY - last).days - margin


class Deidentified:
    """A session that tells nobody's name and no true date; intervals and times of day stay.

    Parameters
    ----------
    original
        The session; it stays in use.
    shift
        Added to every date.

    Attributes
    ----------
    folder
        Of the original: never written into anything.
    """

    def __init__(self, original: Material, shift: timedelta) -> None:
        self._original = original
        self._scrubber = Scrubber(shift, *_people(original), _replacements(original))
        scrub = self._scrubber
        self.folder: Path = original.folder
        self.description: dict[str, Any] = scrub.description(original.description)
        self.runs: tuple[Run, ...] = tuple(
            replace(
                run,
                start_time=None if run.start_time is None else scrub.moment(run.start_time),
                began_utc=scrub.moment(run.began_utc),
            )
            for run in original.runs
        )
        self.parts: tuple[EegPart, ...] = tuple(self._part(part) for part in original.parts)
        self.alarms: tuple[AlarmHistory, ...] = tuple(
            replace(
                alarm,
                moments=tuple(self._moment(moment) for moment in alarm.moments),
                attribution=self._attribution(alarm.attribution),
            )
            for alarm in original.alarms
        )
        self.technical: tuple[TechnicalSpan, ...] = tuple(
            replace(span, key=scrub.text(span.key), text=scrub.text(span.text))
            for span in original.technical
        )
        self.notes: tuple[SessionNote, ...] = tuple(
            replace(note, text=REMOVED, who=None if note.who is None else scrub.operators(note.who))
            for note in original.notes
        )
        self.verdicts: tuple[Verdict, ...] = tuple(
            self._verdict(verdict) for verdict in original.verdicts
        )

    @property
    def duration_s(self) -> float:
        return self._original.duration_s

    def steps(self) -> Iterator[dict[str, Any]]:
        yield from self._scrubber.steps(self._original.steps())

    def eeg(self, start_s: float, stop_s: float) -> Iterator[tuple[EegPart, Chunk]]:
        with self._nameless_errors():
            for part, chunk in self._original.eeg(start_s, stop_s):
                yield self._part(part), chunk

    def probability(self, start_s: float, stop_s: float) -> FloatArray:
        with self._nameless_errors():
            return self._original.probability(start_s, stop_s)

    def reviewer(self, name: str) -> str:
        """Return the pseudonym of a reviewer."""
        return self._scrubber.reviewers(name)

    @contextmanager
    def _nameless_errors(self) -> Iterator[None]:
        """Errors name a file by its path, which begins with a person's folder."""
        try:
            yield
        except VigilError as error:
            text = str(error)
            for folder in (self.folder, self.folder.resolve()):
                text = text.replace(f"{folder}/", "")
            raise type(error)(self._scrubber.text(text)) from None

    def _part(self, part: EegPart) -> EegPart:
        moment = part.start_time
        labels = (neutral_channel(name, n) for n, name in enumerate(part.ch_names, start=1))
        return replace(
            part,
            start_time=None if moment is None else self._scrubber.moment(moment),
            ch_names=tuple(labels),
        )

    def _moment(self, moment: AlarmMoment) -> AlarmMoment:
        scrub = self._scrubber
        named = moment.transition == "acknowledged"
        reason = scrub.operators(moment.reason) if named else scrub.text(moment.reason)
        return replace(moment, logged_utc=scrub.moment(moment.logged_utc), reason=reason)

    def _attribution(self, attribution: AlarmAttribution | None) -> AlarmAttribution | None:
        if attribution is None:
            return None
        return replace(attribution, fault=self._scrubber.remark(attribution.fault))

    def _verdict(self, verdict: Verdict) -> Verdict:
        logged = verdict.logged_utc
        return replace(
            verdict,
            comment=REMOVED if verdict.comment else "",
            seizure_type=verdict.seizure_type if verdict.seizure_type in SEIZURE_TYPES else "",
            reviewer=self._scrubber.reviewers(verdict.reviewer),
            logged_utc=None if logged is None else self._scrubber.moment(logged),
        )


def _people(original: Material) -> tuple[People, People]:
    """Name everybody in the order of the log, so that every export names them alike."""
    reviewers, operators = People("Reviewer"), People("Operator")
    for verdict in original.verdicts:
        reviewers(verdict.reviewer)
    for step in original.steps():
        if step.get("kind") != "verdict":
            for name in _names_in(step):
                operators(name)
    for alarm in original.alarms:
        for moment in alarm.moments:
            if moment.transition == "acknowledged":
                operators(moment.reason)
    for note in original.notes:
        operators(note.who or "")
    return reviewers, operators


def _names_in(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _names_in(value)
        elif isinstance(value, str) and key in PERSON_KEYS:
            yield value


def _replacements(original: Material) -> dict[str, str]:
    """Everything that names the patient, people, computers and files, with its substitute."""
    reviewers, operators = _people(original)
    found = dict.fromkeys(_places(original), REMOVED)
    for part in original.parts:
        for number, label in enumerate(part.ch_names, start=1):
            if (neutral := neutral_channel(label, number)) != label:
                found[label] = neutral
    found |= {
        name: alias for people in (operators, reviewers) for name, alias in people.known.items()
    }
    return {
        word: alias
        for word, alias in found.items()
        if len(word) >= _SHORTEST_SECRET and not _is_number(word)
    }


def _places(original: Material) -> Iterator[str]:
    """Every name of a file, folder, computer or stream; a path also in its pieces."""
    summary = original.description.get("summary") or {}
    for text in (
        *_texts_in(original.description.get("source") or {}),
        str(summary.get("session") or ""),
        str(original.folder),
        str(original.folder.resolve()),
    ):
        yield text
        for path in (PurePath(text), PureWindowsPath(text)):
            yield path.name
            yield path.stem
    yield socket.gethostname()
    yield getpass.getuser()


def _texts_in(values: Any) -> Iterator[str]:
    if isinstance(values, Mapping):
        for key, value in values.items():
            if key not in _PUBLIC_KEYS:
                yield from _texts_in(value)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _texts_in(value)
    elif isinstance(values, str):
        yield values


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
