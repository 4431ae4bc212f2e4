"""A recorded session, opened for reading."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import SessionError
from core.types import Chunk, FloatArray
from monitor.archive.history import (
    AlarmHistory,
    EegPart,
    Run,
    SessionNote,
    TechnicalSpan,
    Verdict,
)
from monitor.archive.record_facts import (
    alarms_of,
    notes_of,
    parts_of,
    runs_of,
    technical_of,
    verdicts_of,
)
from monitor.archive.record_signals import file_ends_s, read_eeg, read_probability
from monitor.archive.rows import LogRow, read_rows
from monitor.archive.session_file import LOG_NAME, read_description
from monitor.archive.snapshot import LogSnapshot

__all__ = ["SessionRecord"]


class SessionRecord:
    """Everything that a session folder holds; nothing in it is changed.

    The log is read as it stands now, a write-ahead log beside it included; logs of earlier
    schemas, too. What is written later needs a new object. Usable from any thread.

    Parameters
    ----------
    folder
        The session folder.

    Raises
    ------
    SessionError
        Where it is no session, was written by a newer program, or cannot be read.

    Attributes
    ----------
    folder
        The session folder.
    description
        ``session.json``.
    runs, parts, alarms, technical, notes, verdicts
        In the order of time; ``verdicts`` in the order they were given.
    """

    folder: Path
    description: dict[str, Any]
    runs: tuple[Run, ...]
    parts: tuple[EegPart, ...]
    alarms: tuple[AlarmHistory, ...]
    technical: tuple[TechnicalSpan, ...]
    notes: tuple[SessionNote, ...]
    verdicts: tuple[Verdict, ...]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.description = read_description(folder)
        with closing(LogSnapshot(folder / LOG_NAME)) as snapshot:
            self._rows = tuple(read_rows(snapshot.db, str(folder / LOG_NAME)))
        try:
            self._gather()
        except (KeyError, TypeError, ValueError) as error:
            raise SessionError(
                f"{folder / LOG_NAME}: a row does not say what it must "
                f"({type(error).__name__}: {error}); vigil verify names it"
            ) from error

    def _gather(self) -> None:
        rows = self._rows
        self.parts = parts_of(rows)
        numbers = sorted({row.run for row in rows})
        ends_s = file_ends_s(self.folder, self.parts, numbers)
        self.runs = runs_of(rows, self.description, ends_s)
        offsets_s = {run.number: run.offset_s for run in self.runs}
        self.alarms = alarms_of(rows, offsets_s)
        self.technical = technical_of(rows, self.runs)
        self.notes = notes_of(rows, offsets_s)
        self.verdicts = verdicts_of(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def duration_s(self) -> float:
        """End of the last run."""
        return self.runs[-1].stop_s

    @property
    def rows(self) -> tuple[LogRow, ...]:
        """Every row of the log, in order."""
        return self._rows

    def steps(self) -> Iterator[dict[str, Any]]:
        """Yield every row of the log as plain values, in order.

        Each has ``seq``, ``run``, ``logged_utc`` (ISO 8601), ``kind`` and ``body``, an object with
        what this kind of row says.
        """
        for row in self._rows:
            yield {
                "seq": row.seq,
                "run": row.run,
                "logged_utc": row.logged_utc.isoformat(timespec="milliseconds"),
                "kind": row.kind,
                "body": row.body,
            }

    def eeg(self, start_s: float, stop_s: float) -> Iterator[tuple[EegPart, Chunk]]:
        """Read the raw signal of a stretch; a chunk's samples count from its part's beginning.

        Raises
        ------
        SessionError
            Where a part is missing or damaged; the message names it.
        """
        return read_eeg(self.folder, self.parts, self.runs, start_s, stop_s)

    def probability(self, start_s: float, stop_s: float) -> FloatArray:
        """Read the final probability at 256 Hz; NaN where there is none."""
        return read_probability(self.folder, self.runs, start_s, stop_s)

    def close(self) -> None:
        """Give back the files; none stay open."""
