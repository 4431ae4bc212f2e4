"""Which recorded sessions may go, so that a disk does not fill up for ever.

Only a session that was closed in order, that nobody has open, and all of whose alarms somebody
has judged is ever removed; and only a folder that holds nothing but what Vigil wrote.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import SessionError
from monitor.archive.lock import SessionLock, is_in_use
from monitor.archive.record import SessionRecord
from monitor.archive.session_file import DESCRIPTION_NAME, read_description

__all__ = [
    "KeptSession",
    "TidyPlan",
    "examine_sessions",
    "plan_tidying",
    "remove_leftovers",
    "remove_session",
]

_OWN_FILE = re.compile(
    r"session\.json|session\.json\.part|session\.lock|alarms\.sqlite(-wal|-shm)?"
    r"|eeg(_part\d+)?\.edf(\.draft)?|probability_run\d+\.f32"
)
_REMOVING = ".removing-"
"""Before the name of a session that is on its way out: whatever happens, it is no session."""


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session folder, and whether it may go.

    Attributes
    ----------
    folder
        The session folder.
    ended_utc
        When it was last closed; None where that is not known.
    n_bytes
        Of all its files.
    held_by
        Why it must stay, in words; empty where it may go.
    """

    folder: Path
    ended_utc: datetime | None
    n_bytes: int
    held_by: str


@dataclass(frozen=True, slots=True)
class TidyPlan:
    """What goes and what stays.

    Attributes
    ----------
    remove
        Each with the reason, the oldest first.
    keep
        Each with the reason.
    excess_bytes
        By how much the bound on the size is exceeded even so.
    """

    remove: tuple[tuple[KeptSession, str], ...]
    keep: tuple[tuple[KeptSession, str], ...]
    excess_bytes: int


def examine_sessions(root: Path, *, quiet_too: bool = False) -> list[KeptSession]:
    """Look at every session in a folder.

    Parameters
    ----------
    root
        Its subfolders are the sessions; others are passed over.
    quiet_too
        Whether a session without any alarm, which nobody can have reviewed, may go.

    Raises
    ------
    SessionError
        Where the folder cannot be read, or is a session itself.
    """
    if (root / DESCRIPTION_NAME).exists():
        raise SessionError(f"{root}: is a session; give the folder that holds the sessions")
    try:
        folders = sorted(path for path in root.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise SessionError(f"{root}: cannot be read ({error.strerror})") from error
    return [
        _examine(folder, quiet_too=quiet_too)
        for folder in folders
        if folder.is_dir() and (folder / DESCRIPTION_NAME).exists()
    ]


def _examine(folder: Path, *, quiet_too: bool) -> KeptSession:
    ended_utc: datetime | None = None
    try:
        n_bytes = sum(path.lstat().st_size for path in folder.rglob("*"))
        description = read_description(folder)
        ended_utc = _moment(description.get("ended_utc"))
        held_by = "is in use" if is_in_use(folder) else _hold(folder, quiet_too=quiet_too)
    except OSError as error:
        return KeptSession(folder, None, 0, f"cannot be read ({error.strerror})")
    except SessionError as error:
        held_by = f"cannot be read ({error})"
    return KeptSession(folder, ended_utc, n_bytes, held_by)


def _hold(folder: Path, *, quiet_too: bool) -> str:
    """Return why a session must stay even where nobody uses it; empty where it may go."""
    description = read_description(folder)
    state, ended_utc = description.get("state"), _moment(description.get("ended_utc"))
    if folder.is_symlink():
        return "is a link to another place"
    if state != "finished" or ended_utc is None:
        return f"is not finished (state: {state})"
    foreign = [path.name for path in _foreign(folder)]
    if foreign:
        return f"holds {foreign[0]}, which Vigil did not write"
    with closing(SessionRecord(folder)) as record:
        return _unreviewed(record, quiet_too=quiet_too)


def _foreign(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file() or not _OWN_FILE.fullmatch(path.name):
            yield path


def _unreviewed(record: SessionRecord, *, quiet_too: bool) -> str:
    judged = {verdict.subject for verdict in record.verdicts}
    waiting = [a.alarm_id for a in record.alarms if f"alarm {a.alarm_id}" not in judged]
    if waiting:
        noun = f"alarm {waiting[0]} is" if len(waiting) == 1 else f"{len(waiting)} alarms are"
        return f"{noun} not reviewed"
    if not record.alarms and not judged and not quiet_too:
        return "has no alarm, and nobody has reviewed it"
    return ""


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def plan_tidying(
    sessions: Sequence[KeptSession], now: datetime, keep_days: float, keep_gb: float
) -> TidyPlan:
    """Choose what goes: the oldest first, and none that must stay.

    Parameters
    ----------
    sessions
        All of them.
    now
        With a time zone.
    keep_days, keep_gb
        Bounds on age and total size; 0 for none.
    """
    oldest = now - timedelta(days=keep_days) if keep_days else None
    bound = keep_gb * 1e9 if keep_gb else float("inf")
    total = sum(session.n_bytes for session in sessions)
    far_future = datetime.max.replace(tzinfo=UTC)
    remove: list[tuple[KeptSession, str]] = []
    keep: list[tuple[KeptSession, str]] = []
    for session in sorted(sessions, key=lambda s: (s.ended_utc or far_future, s.folder)):
        if session.held_by or session.ended_utc is None:
            keep.append((session, session.held_by))
            continue
        age_days = (now - session.ended_utc).total_seconds() / 86400
        if oldest is not None and session.ended_utc < oldest:
            reason = f"ended {age_days:.1f} days ago, more than {keep_days:g}"
        elif total > bound:
            reason = f"all sessions take {total / 1e9:.3f} GB, more than {keep_gb:g}"
        else:
            keep.append((session, "within the bounds"))
            continue
        remove.append((session, reason))
        total -= session.n_bytes
    excess = 0 if total <= bound else round(total - bound)
    return TidyPlan(tuple(remove), tuple(keep), excess)


def remove_session(session: KeptSession, *, quiet_too: bool = False) -> None:
    """Remove a session, unless it must stay by now.

    The folder is renamed first: what is left by an interruption is no session any more, and goes
    with the next :func:`remove_leftovers`.

    Raises
    ------
    SessionError
        Where it must stay, or cannot be removed.
    """
    folder = session.folder
    lock = SessionLock(folder)
    try:
        held_by = _hold(folder, quiet_too=quiet_too)
        if held_by:
            raise SessionError(f"{folder}: stays, it {held_by}")
        gone = folder.with_name(_REMOVING + folder.name)
        folder.rename(gone)
        shutil.rmtree(gone)
    except OSError as error:
        raise SessionError(f"{folder}: cannot be removed ({error.strerror})") from error
    finally:
        lock.close()


def remove_leftovers(root: Path) -> None:
    """Finish removals that were interrupted."""
    for path in root.glob(f"{_REMOVING}*"):
        if path.is_dir() and not path.is_symlink() and not list(_foreign(path)):
            shutil.rmtree(path, ignore_errors=True)
