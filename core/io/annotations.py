r"""Time-stamped annotation lists (TAL) of EDF+ and BDF+.

A TAL is ``+onset[\x15duration]\x14text\x14[text\x14...]\x00``, seconds since the start time
of the header. The first one in each record has an empty text and tells the record's own onset.
"""

import re
from dataclasses import dataclass

__all__ = ["Annotation", "decode_tals"]

_TIMING = re.compile(rb"([+-]\d{1,12}(?:\.\d*)?)(?:\x15(\d{1,12}(?:\.\d*)?))?")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark in a recording.

    Attributes
    ----------
    onset_s
        Seconds since the first sample of the recording.
    duration_s
        Or None where the file gives none.
    text
        Free text.
    """

    onset_s: float
    duration_s: float | None
    text: str


def decode_tals(raw: bytes) -> tuple[float | None, list[Annotation]]:
    """Decode one annotation signal of one data record.

    Anything that is not a TAL is skipped: a damaged remark must not cost the recording. Nihon
    Kohden leaves out the zero byte behind the time-keeping TAL; a timing that follows upon its
    empty text begins a new TAL.

    Parameters
    ----------
    raw
        The signal's bytes.

    Returns
    -------
    record_onset_s
        Onset of the record after the header's start time, or None where the first TAL is not a
        time-keeping one.
    annotations
        Those with a text; onsets count from the header's start time.
    """
    record_onset_s: float | None = None
    annotations: list[Annotation] = []
    for number, tal in enumerate(raw.split(b"\x00")):
        first, *texts = tal.split(b"\x14")
        timing = _TIMING.fullmatch(first)
        if timing is None or not texts or texts.pop():  # it ends with the separator
            continue
        if number == 0 and (not texts or texts[0] == b""):
            record_onset_s = float(timing[1])
        before = first
        for text in texts:
            if text and before == b"" and (found := _TIMING.fullmatch(text)):
                timing = found
            elif text:
                annotations.append(
                    Annotation(
                        float(timing[1]),
                        None if timing[2] is None else float(timing[2]),
                        text.decode("utf-8", errors="replace"),
                    )
                )
            before = text
    return record_onset_s, annotations
