"""One process at a time writes to a session."""

from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import SessionError

__all__ = ["LOCK_NAME", "SessionLock", "is_in_use"]

LOCK_NAME = "session.lock"


class SessionLock:
    """Held from its making to :meth:`close`, or until the process ends, however it ends.

    Parameters
    ----------
    folder
        The session folder.

    Raises
    ------
    SessionError
        Where another process holds it, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        # Without flock there is no lock: one that is a mere file would outlive kill -9.
        self._lock = FileLock(
            folder / LOCK_NAME, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False
        )
        try:
            self._lock.acquire()
        except Timeout as error:
            raise SessionError(f"{folder}: another process is writing to this session") from error
        except OSError as error:
            raise SessionError(
                f"{folder / LOCK_NAME}: cannot be locked ({error.strerror or error})"
            ) from error

    def close(self) -> None:
        """Let others in; a second time does no harm."""
        self._lock.release()


def is_in_use(folder: Path) -> bool:
    """Whether a process writes to a session now; False where that cannot be told."""
    if not (folder / LOCK_NAME).exists():
        return False
    try:
        SessionLock(folder).close()
    except SessionError as error:
        return isinstance(error.__cause__, Timeout)
    return False
