"""What the EEG's annotations say of the log, and the row numbers by which the two are compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.archive.record_facts import SFREQ_HZ

__all__ = ["Remark", "is_moved", "remark_of", "row_named_in"]

_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")
_LONGEST_BYTES = 300
"""Of a free text, so that it fits in one record; the log has all of it."""

_ROW = re.compile(r" \[log ([1-9]\d*)\]((?: \(\d+\.\d s [a-zA-Z ]+\))*)\Z")
"""Behind it stands how far an annotation was moved, where it would lie outside its file."""


@dataclass(frozen=True, slots=True)
class Remark:
    """An annotation to be.

    Attributes
    ----------
    sample
        Its onset, at 256 Hz since the run began.
    text
        What it says, the row's number included.
    duration_s
        Or None for a moment.
    """

    sample: int
    text: str
    duration_s: float | None = None


def remark_of(seq: int, kind: str, body: Mapping[str, Any]) -> Remark | None:
    """Return what the EEG is told of a row of the log; None for rows that it is not told of."""
    match kind:
        case "alarm":
            words = f"Alarm {body['alarm_id']} {body['transition']}"
            if body["transition"] == "ended":
                n_samples = body["offset_sample"] - body["onset_sample"]
                return _remark(seq, body["onset_sample"], words, n_samples / SFREQ_HZ)
            if body["reason"]:
                words += f": {body['reason']}"
            return _remark(seq, body["at_sample"], words)
        case "technical":
            words = body["text"] if body["active"] else f"Over: {body['text']}"
            return _remark(seq, body["sample"], words)
        case "note":
            return _remark(seq, body["sample"], f"Note: {body['text']}")
        case "marker":
            return _remark(seq, body["sample"], f"Marker: {body['text']}")
    return None


def row_named_in(text: str) -> int | None:
    """Return the number of the row that an annotation tells of."""
    found = _ROW.search(text)
    return None if found is None else int(found[1])


def is_moved(text: str) -> bool:
    """Whether an annotation stands elsewhere, because its own place lies outside the file."""
    found = _ROW.search(text)
    return found is not None and bool(found[2])


def _remark(seq: int, sample: int, words: str, duration_s: float | None = None) -> Remark:
    raw = words.translate(_CONTROLS).strip().encode("utf-8", "replace")
    plain = raw[:_LONGEST_BYTES].decode("utf-8", "ignore")
    if len(raw) > _LONGEST_BYTES:
        plain += " ..."
    return Remark(sample, f"{plain} [log {seq}]", duration_s)
