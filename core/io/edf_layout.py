"""What EDF's narrow fields allow: lengths of records, and labels."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["RecordLayout", "edf_labels", "plan_records"]

_LONGEST_HZ = 1_000_000
_LABEL_CHARACTERS = 16
_RESERVED = frozenset({"EDF ANNOTATIONS", "BDF ANNOTATIONS"})


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """Length of a data record.

    Attributes
    ----------
    n_samples
        Of each channel.
    record_s
        Duration as it is written, 8 characters at most.
    """

    n_samples: int
    record_s: str


def plan_records(sfreq_hz: float) -> RecordLayout:
    """Choose records of about a second, never longer.

    A whole-numbered rate gets records of 1 s. For any other, the number of samples between half a
    second and a second is taken whose duration six decimals tell best: some 1e-9 off, which is
    less than 1 ms in a week. Of several that are as good, the most.

    Parameters
    ----------
    sfreq_hz
        Sampling rate; below 2 Hz a record may be longer.

    Raises
    ------
    ValueError
        Where the rate is not above 0 or too high for the format.
    """
    if not 0 < sfreq_hz <= _LONGEST_HZ:
        raise ValueError(f"the sampling rate must be above 0 and at most 1 MHz, not {sfreq_hz}")
    if sfreq_hz == int(sfreq_hz):
        return RecordLayout(int(sfreq_hz), "1")
    most = max(1, int(sfreq_hz))
    counts = range(max(1, most // 2), most + 1)
    layouts = [RecordLayout(n, _seconds_field(n / sfreq_hz)) for n in counts]
    return min(reversed(layouts), key=lambda each: _error(each, sfreq_hz))


def _error(layout: RecordLayout, sfreq_hz: float) -> float:
    return round(abs(float(layout.record_s) * sfreq_hz / layout.n_samples - 1), 13)


def _seconds_field(seconds: float) -> str:
    digits = len(str(int(seconds)))
    text = f"{seconds:.{max(0, 7 - digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def edf_labels(ch_names: Iterable[str]) -> tuple[str, ...]:
    """Make labels that the format allows: ASCII, 16 characters, no two alike.

    Accents are dropped, the micro sign becomes ``u``, any other letter ``_``. A name without a
    letter or digit then becomes ``CH`` and its number, for readers take it for a spare column; what
    stands twice gets ``~2``, ``~3`` ...
    """
    labels: list[str] = []
    taken: set[str] = set()
    for number, name in enumerate(ch_names, 1):
        plain = _ascii(name)[:_LABEL_CHARACTERS].strip()
        plain = plain if any(letter.isalnum() for letter in plain) else f"CH{number}"
        label, copy = plain, 1
        while label.upper() in taken or label.upper() in _RESERVED:
            copy += 1
            label = f"{plain[: _LABEL_CHARACTERS - len(f'~{copy}')]}~{copy}"
        taken.add(label.upper())
        labels.append(label)
    return tuple(labels)


def _ascii(name: str) -> str:
    micro = name.replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
    letters = unicodedata.normalize("NFKD", micro)
    plain = "".join(c if " " <= c <= "~" else "_" for c in letters if not unicodedata.combining(c))
    return plain.strip()
