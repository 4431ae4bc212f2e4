"""``session.json``: what ran, and how it ended; replaced in one step."""

import json
import os
from pathlib import Path
from typing import Any

from core.errors import SessionError

__all__ = ["DESCRIPTION_NAME", "LOG_NAME", "read_description", "write_description"]

LOG_NAME = "alarms.sqlite"
DESCRIPTION_NAME = "session.json"


def read_description(folder: Path) -> dict[str, Any]:
    """Read the description of a session.

    Raises
    ------
    SessionError
        Where the folder holds no session, or its description cannot be read.
    """
    path = folder / DESCRIPTION_NAME
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise SessionError(f"{folder}: holds no session ({DESCRIPTION_NAME} is missing)") from error
    except NotADirectoryError as error:
        raise SessionError(f"{folder}: is no folder, so no session") from error
    except OSError as error:
        raise SessionError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise SessionError(f"{path}: is damaged ({error})") from error
    if not isinstance(values, dict):
        raise SessionError(f"{path}: is damaged (no JSON object)")
    return values


def write_description(folder: Path, values: dict[str, Any]) -> None:
    """Replace the file, so that a crash leaves the old or the new one whole.

    Raises
    ------
    SessionError
        Where it cannot be written.
    """
    path = folder / DESCRIPTION_NAME
    draft = path.with_suffix(".json.part")
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600))
        draft.chmod(0o600)
        with draft.open("wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(folder)
    except OSError as error:
        raise SessionError(f"{path}: cannot be written ({error.strerror})") from error


def _sync_folder(folder: Path) -> None:
    """Put the new name on disk, too; Windows has no such call."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
