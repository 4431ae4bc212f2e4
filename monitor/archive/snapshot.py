"""A log as it stood at one moment, to be read without touching it.

SQLite itself writes beside a database in WAL mode even when it only reads, and after kill -9 the
newest rows are in the write-ahead log. So both files are copied to a private folder and read
there; read-only media are no obstacle, and an old schema can be brought to today's.
"""

import shutil
import sqlite3
import tempfile
from pathlib import Path

from core.errors import SessionError
from monitor.archive.migrations import migrate, require_known
from monitor.archive.schema import SCHEMA_VERSION, create

__all__ = ["LogSnapshot"]

_ATTEMPTS = 20
_UNKNOWN_TIME = "1970-01-01T00:00:00.000+00:00"


class LogSnapshot:
    """A private copy of a log, open for reading.

    Parameters
    ----------
    path
        The log.

    Raises
    ------
    SessionError
        Where it cannot be read, is no log, or was written by a newer program.

    Attributes
    ----------
    db
        The copy; texts come as ``str``.
    stored_version
        Schema version of the original; the copy is of today's.
    """

    def __init__(self, path: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vigil-log-")
        copy = Path(self._folder.name) / path.name
        try:
            _copy_both(path, copy)
            self.db = sqlite3.connect(copy, isolation_level=None, check_same_thread=False)
            try:
                self.db.execute("PRAGMA synchronous = OFF")
                self.stored_version = require_known(self.db, str(path))
                if self.stored_version < SCHEMA_VERSION:
                    self._bring_up()
            except BaseException:
                self.db.close()
                raise
        except (OSError, sqlite3.Error) as error:
            self._folder.cleanup()
            reason = getattr(error, "strerror", None) or error
            raise SessionError(f"{path}: cannot be read ({reason})") from error
        except BaseException:
            self._folder.cleanup()
            raise

    def _bring_up(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        if self.stored_version == 0:  # the program died while it made the log
            create(self.db)
        else:
            migrate(self.db, _UNKNOWN_TIME)
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Remove the copy; a second time does no harm."""
        self.db.close()
        self._folder.cleanup()


def _copy_both(path: Path, copy: Path) -> None:
    """Copy a log and its write-ahead log, at a moment when neither is rewritten."""
    wal, wal_copy = (p.with_name(p.name + "-wal") for p in (path, copy))
    for _ in range(_ATTEMPTS):
        before = _state(path)
        shutil.copyfile(path, copy)
        wal_copy.unlink(missing_ok=True)
        if wal.exists():
            shutil.copyfile(wal, wal_copy)
        # The write-ahead log may grow meanwhile, but moves into the file at checkpoints only.
        if before == _state(path):
            return


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
