"""Write seizure events as SzCORE's TSV and as NEDC's ``csv_bi``.

References
----------
Dan et al. 2024, "SzCORE: seizure community open-source research evaluation framework", Epilepsia;
Shah et al. 2021, "Objective evaluation metrics for automatic classification of EEG events".
"""

import contextlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from core.errors import RecordingError
from core.types import Event

__all__ = ["write_csv_bi", "write_events_tsv"]

_TSV_COLUMNS = (
    "onset",
    "duration",
    "eventType",
    "confidence",
    "channels",
    "dateTime",
    "recordingDuration",
)
_UNKNOWN_START = datetime(2000, 1, 1)  # noqa: DTZ001 (the column has no room for None)


def write_events_tsv(
    path: Path, events: Sequence[Event], duration_s: float, start_time: datetime | None
) -> None:
    """Write events in the columns of SzCORE; one ``bckg`` row where there are none.

    Parameters
    ----------
    path
        To write; replaced in one step where it exists.
    events
        Seizures; ``confidence`` is their peak probability.
    duration_s
        Of the recording.
    start_time
        Of the recording, the same in every row; 2000-01-01 00:00:00 where unknown.

    Raises
    ------
    RecordingError
        Where the file cannot be written.
    """
    date_time = (start_time or _UNKNOWN_START).strftime("%Y-%m-%d %H:%M:%S")
    rows = [
        (f"{event.onset_s:.2f}", f"{event.duration_s:.2f}", "sz", f"{event.peak:.2f}")
        for event in sorted(events, key=_onset)
    ] or [("0.00", f"{duration_s:.2f}", "bckg", "n/a")]
    lines = [_TSV_COLUMNS, *((*row, "n/a", date_time, f"{duration_s:.2f}") for row in rows)]
    _write(path, "".join("\t".join(line) + "\n" for line in lines))


def write_csv_bi(path: Path, events: Sequence[Event], duration_s: float, bname: str) -> None:
    """Write events as NEDC's bi-class CSV; no row where there are none.

    Parameters
    ----------
    path
        To write; replaced in one step where it exists.
    events
        Seizures; ``confidence`` is their peak probability.
    duration_s
        Of the recording.
    bname
        Base name of the recording, without folder and suffix.

    Raises
    ------
    RecordingError
        Where the file cannot be written.
    """
    lines = [
        "# version = csv_v1.0.0",
        f"# bname = {bname}",
        f"# duration = {duration_s:.4f} secs",
        "#",
        "channel,start_time,stop_time,label,confidence",
        *(
            f"TERM,{event.onset_s:.4f},{event.offset_s:.4f},seiz,{event.peak:.4f}"
            for event in sorted(events, key=_onset)
        ),
    ]
    _write(path, "".join(line + "\n" for line in lines))


def _onset(event: Event) -> int:
    return event.onset_sample


def _write(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise RecordingError(f"{path}: cannot be written ({error.strerror})") from error
