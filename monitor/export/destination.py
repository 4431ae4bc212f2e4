"""Where an export goes: it is there whole or not at all, readable by its owner only."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.errors import SessionError, VigilError

__all__ = ["check_destination", "numbered", "write_whole"]


def check_destination(out: Path, session: Path) -> None:
    """Refuse a path that cannot take an export, before any work is done.

    Parameters
    ----------
    out
        File to write.
    session
        The session folder, in which nothing may be written.

    Raises
    ------
    SessionError
        Where it exists, lies inside the session, or its folder is not there.
    """
    real, inside = out.resolve(), session.resolve()
    if real == inside or inside in real.parents:
        raise SessionError(f"{out}: lies inside the session; choose a place outside {session}")
    if out.exists() or out.is_symlink():
        raise SessionError(f"{out}: exists already; choose another name")
    if not out.parent.is_dir():
        raise SessionError(f"{out}: folder {out.parent} does not exist")


def numbered(out: Path, number: int) -> Path:
    """Name the n-th file of an export: ``night.edf``, ``night_part2.edf`` ..."""
    return out if number == 1 else out.with_name(f"{out.stem}_part{number}{out.suffix}")


def write_whole(
    targets: Mapping[Path, Callable[[Path], None]], folder: Path, name: str | None = None
) -> None:
    """Write files; they appear under their names once all of them are written.

    Parameters
    ----------
    targets
        For each file's name, what writes it to a path of that name elsewhere.
    folder
        Takes the files, or a new folder with them.
    name
        Of the new folder; None for none.

    Raises
    ------
    VigilError
        Where a file cannot be written, or exists by now; then none is left.
    """
    with _draft_folder(folder) as drafts:
        target = folder / (name or "")
        try:
            for file, write in targets.items():
                target = folder / (name or "") / file
                write(drafts / file)
                (drafts / file).chmod(0o600)
            if name is not None:
                target = folder / name
                drafts.rename(target)
            else:
                _place_all(drafts, folder, targets)
        except OSError as error:
            raise SessionError(
                f"{target}: cannot be written ({error.strerror or error})"
            ) from error
        except VigilError as error:
            # A draft's place tells nobody anything.
            text = str(error).replace(str(drafts / target.name), str(target))
            raise type(error)(text) from error


def _place_all(drafts: Path, folder: Path, files: Iterable[Path]) -> None:
    placed: list[Path] = []
    try:
        for file in files:
            _place(drafts / file, folder / file)
            placed.append(folder / file)
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise


def _place(draft: Path, target: Path) -> None:
    """Give a draft its name, never in the place of another file."""
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no links.
        if target.exists():
            raise
        draft.rename(target)


@contextmanager
def _draft_folder(folder: Path) -> Iterator[Path]:
    """Make a folder of one's own beside the target, on the same disk, and remove it."""
    try:
        drafts = Path(tempfile.mkdtemp(prefix=".vigil-export-", dir=folder))
    except OSError as error:
        raise SessionError(f"{folder}: cannot be written to ({error.strerror})") from error
    try:
        yield drafts
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
