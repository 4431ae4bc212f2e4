"""Progress bars for long work: on a terminal only, on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = ["Bar", "progress_bar"]


class Bar:
    """A bar that takes the share that is done, 0 to 1."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, share: float) -> None:
        self._progress.update(self._task, completed=share)

    def say(self, share: float, text: str) -> None:
        """Take the share and what is going on."""
        self._progress.update(self._task, completed=share, description=text)


@contextmanager
def progress_bar(text: str) -> Iterator[Bar]:
    """Show a bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as progress:
        yield Bar(progress, progress.add_task(text, total=1.0))
