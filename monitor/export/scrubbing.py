"""Rules by which names, free text and dates are taken out of what a session holds.

Texts are kept only where the program itself wrote them, in fields known to hold nothing else;
whatever else is text is removed. What a later program adds is thereby removed until somebody has
thought about it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.electrodes import parse_electrode, parse_pair
from core.errors import SessionError
from core.evaluation.seizure_types import SEIZURE_TYPES

__all__ = ["REMOVED", "People", "Scrubber", "neutral_channel"]

REMOVED = "[removed]"
"""Stands where a text was."""

PERSON_KEYS = frozenset(["who", "operator", "reviewer"])
_DROPPED_KEYS = frozenset(["hash", "previous"])
"""They are computed from the original rows: whoever guesses a name could check it with them."""

_MACHINE_KEYS = frozenset(
    [
        "action", "audio", "condition", "config_hash", "engine", "fault", "finding", "key", "kind",
        "level", "method", "missing", "montage_notes", "notes", "notice", "preset", "priority",
        "reason", "region", "result", "sfreq_hz", "shortfall", "software", "speed", "state",
        "status", "subject", "text", "transition", "version", "weights",
    ]
)  # fmt: skip
"""Fields that hold the program's own words."""

_FREE_TEXT = {
    "note": ("text",),
    "marker": ("text",),
    "operator": ("text",),
    "verdict": ("comment",),
}
"""Fields that hold somebody's words, by kind of step."""

_CHANNEL_KEYS = frozenset(["ch_names", "channels", "channel"])
_OWN_FILE = re.compile(r"eeg(_part\d+)?\.edf|probability_run\d+\.f32")

_DATE = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_PATH = re.compile(r"(?<![\w.])(?:~|[A-Za-z]:)?(?:[/\\][^\s/\\:;,]+){2,}")
_ISO_TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?"
)  # fmt: skip
_OTHER_CHANNEL = re.compile(
    r"(EEG )?((AF|CP|FC|FT|PO|TP|CH|EEG|E|FP|F|C|P|O|T|I|A|M|X)(Z|\d{1,3})H?"
    r"|E[CK]G ?\d{0,2}|EMG ?\d{0,2}|EOG ?[LR]?\d{0,2}|LOC|ROC|RESP|SPO2|PULSE|PHOTIC|TRIG|STATUS"
    r"|DC\d{1,2})(-(REF|LE|AVG|AVE|AV|AR|[AM][12]|[AM]1\+?[AM]2))?"
)


class People:
    """Pseudonyms: the same person of the same role gets the same letter throughout.

    Parameters
    ----------
    role
        What stands before the letter.
    """

    def __init__(self, role: str) -> None:
        self._role = role
        self._names: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Return the pseudonym; an empty name stays empty."""
        key = name.strip().casefold()
        if not key:
            return ""
        return self._names.setdefault(key, f"{self._role} {_letters(len(self._names))}")

    @property
    def known(self) -> Mapping[str, str]:
        """Every name so far, in small letters, with its pseudonym."""
        return self._names


def _letters(number: int) -> str:
    """Return A to Z, then AA, AB ..."""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def neutral_channel(label: str, number: int) -> str:
    """Keep a channel's label where it names an electrode or a usual signal; else number it."""
    usual = parse_electrode(label) or parse_pair(label) or _OTHER_CHANNEL.fullmatch(label.upper())
    return label if usual else f"Channel {number}"


class Scrubber:
    """Take names, free text and dates out of texts and of rows of the log.

    Parameters
    ----------
    shift
        Added to every date: whole days.
    reviewers, operators
        Pseudonyms.
    replacements
        Texts that must not remain, each with what stands in its place.
    """

    def __init__(
        self,
        shift: timedelta,
        reviewers: People,
        operators: People,
        replacements: Mapping[str, str],
    ) -> None:
        self._shift = shift
        self.reviewers, self.operators = reviewers, operators
        self._replacements = {key.casefold(): value for key, value in replacements.items()}
        longest_first = sorted(self._replacements, key=len, reverse=True)
        words = "|".join(re.escape(word) for word in longest_first)
        self._words = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None

    def moment(self, moment: datetime) -> datetime:
        """Shift a date; the time of day stays."""
        try:
            return moment + self._shift
        except OverflowError as error:
            raise SessionError(
                f"a date shift of {self._shift.days} days leads out of the calendar"
            ) from error

    def text(self, text: str) -> str:
        """Scrub a text that the program itself wrote."""
        if self._words is not None:
            text = self._words.sub(lambda m: self._replacements[m[0].casefold()], text)
        text = _PATH.sub(REMOVED, text)
        return _DATE.sub(self._shifted_date, text)

    def remark(self, text: str) -> str:
        """Scrub a remark of the program; one that begins with a path says too much."""
        return REMOVED if _is_path(text) else self.text(text)

    def steps(self, steps: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """Scrub rows of the log."""
        for step in steps:
            yield self.step(step)

    def step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """Scrub one row of the log."""
        kind = str(step.get("kind", ""))
        free = _FREE_TEXT.get(kind, ())
        # An acknowledgement's reason is the name of who gave it.
        return self._mapping(step, free, people=self._people(kind))

    def description(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Scrub what ``session.json`` says."""
        return self._mapping(description, (), people=self.operators)

    def _people(self, kind: str) -> People:
        return self.reviewers if kind == "verdict" else self.operators

    def _mapping(
        self, values: Mapping[str, Any], free: tuple[str, ...], people: People
    ) -> dict[str, Any]:
        acknowledged = values.get("transition") == "acknowledged"
        scrubbed: dict[str, Any] = {}
        for key, value in values.items():
            if key in _DROPPED_KEYS:
                continue
            if key in free or (isinstance(value, str) and key in PERSON_KEYS):
                scrubbed[key] = people(value) if key in PERSON_KEYS else REMOVED if value else ""
            elif key == "reason" and acknowledged and isinstance(value, str):
                scrubbed[key] = self.operators(value)
            elif key == "config":
                scrubbed[key] = value  # numbers and fixed words only: the schema sees to that
            else:
                scrubbed[self.text(key)] = self._value(key, value, free, people)
        return scrubbed

    def _value(self, key: str, value: Any, free: tuple[str, ...], people: People) -> Any:
        if isinstance(value, Mapping):
            return self._mapping(value, free, people)
        if isinstance(value, list | tuple):
            if key in _CHANNEL_KEYS:
                return [neutral_channel(str(name), n) for n, name in enumerate(value, start=1)]
            return [self._value(key, item, free, people) for item in value]
        return self._text(key, value) if isinstance(value, str) and value else value

    def _text(self, key: str, value: str) -> str:
        if _ISO_TIME.fullmatch(value):
            return _DATE.sub(self._shifted_date, value)
        if key in _MACHINE_KEYS and not _is_path(value):
            return self.text(value)
        expected = (key == "file" and _OWN_FILE.fullmatch(value)) or (
            key == "seizure_type" and value in SEIZURE_TYPES
        )
        return value if expected else REMOVED

    def _shifted_date(self, match: re.Match[str]) -> str:
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return match[0]  # digits that are no date
        return self.moment(datetime.combine(day, datetime.min.time())).date().isoformat()


def _is_path(text: str) -> bool:
    return text.startswith(("/", "~", "\\", "./", "../")) or bool(re.match(r"[A-Za-z]:[\\/]", text))
