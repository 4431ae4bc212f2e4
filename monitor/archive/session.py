"""The session folder."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import SessionError

__all__ = ["LOG_NAME", "Session", "default_session_folder"]

LOG_NAME = "alarms.sqlite"
_DESCRIPTION_NAME = "session.json"


def default_session_folder(root: Path, name: str, now: datetime) -> Path:
    """Return a folder name that sorts by time and says what was monitored."""
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
    return root / f"{now:%Y%m%dT%H%M%S}_{stem}"


class Session:
    """A folder with ``session.json`` (what ran, how it ended) and the alarm log.

    Parameters
    ----------
    folder
        Made where it does not exist.
    description
        What runs: source, channels, settings, weights.

    Raises
    ------
    SessionError
        Where the folder cannot be written, or holds a session already.
    """

    def __init__(self, folder: Path, description: dict[str, Any]) -> None:
        self.folder = folder
        self._description = {
            "notice": "Research software, not a certified medical device.",
            "state": "running",
            "started_utc": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **description,
        }
        try:
            if (folder / _DESCRIPTION_NAME).exists() or (folder / LOG_NAME).exists():
                raise SessionError(f"{folder}: holds a session already; choose another folder")
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SessionError(
                f"{folder}: session folder cannot be made ({error.strerror})"
            ) from error
        self._write()

    @property
    def log_path(self) -> Path:
        return self.folder / LOG_NAME

    def finish(self, summary: dict[str, Any], state: str = "finished") -> None:
        """Write how it ended."""
        self._description |= {
            "state": state,
            "ended_utc": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "summary": summary,
        }
        self._write()

    def _write(self) -> None:
        """Replace the file in one step, so that a crash leaves the old or the new one whole."""
        path = self.folder / _DESCRIPTION_NAME
        draft = path.with_suffix(".json.part")
        text = json.dumps(self._description, indent=2, ensure_ascii=False) + "\n"
        try:
            with draft.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise SessionError(f"{path}: cannot be written ({error.strerror})") from error
