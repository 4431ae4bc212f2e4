"""What a crash left of a session's EEG: files made whole again."""

from contextlib import suppress
from pathlib import Path

from core.errors import RecordingError, SessionError
from core.io.edf_repair import EdfRepair, repair_edf
from monitor.archive.part_file import DRAFT_SUFFIX, part_file_name

__all__ = ["next_part_number", "part_number", "part_paths", "recover_parts"]


def part_paths(folder: Path) -> list[Path]:
    """Return the files of EEG in a session folder, in order."""
    numbers = (part_number(path) for path in folder.glob("eeg*.edf"))
    return [folder / part_file_name(number) for number in sorted(n for n in numbers if n)]


def next_part_number(folder: Path) -> int:
    """Return the number of the file of EEG that comes next."""
    numbers = (part_number(path) for path in folder.glob("eeg*.edf"))
    return max(numbers, default=0) + 1


def part_number(path: Path) -> int:
    """Return the number that a name tells, 0 where it is no name of ours."""
    text = "1" if path.stem == "eeg" else path.stem.removeprefix("eeg_part")
    number = int(text) if text.isascii() and text.isdigit() else 0
    return number if part_file_name(number) == path.name else 0


def recover_parts(folder: Path) -> tuple[EdfRepair, ...]:
    """Make every file of EEG whole: a torn last record is cut off, and the count made true.

    Files that were begun and hold no record yet go away.

    Parameters
    ----------
    folder
        A session folder that nobody is writing to.

    Returns
    -------
    tuple of EdfRepair
        What was found in each file, in order; most often that nothing was wrong.

    Raises
    ------
    SessionError
        Where a file cannot be read or written; the message names it.
    """
    for draft in folder.glob(f"eeg*.edf{DRAFT_SUFFIX}"):
        with suppress(OSError):
            draft.unlink()
    try:
        return tuple(repair_edf(path) for path in part_paths(folder))
    except RecordingError as error:
        raise SessionError(str(error)) from error
