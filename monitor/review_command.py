"""The command that reviews a recorded session."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.command_options import AfterOption, MontagesOption, ScreenshotOption, read_montages

__all__ = ["review"]


def review(
    session: Annotated[
        Path, typer.Argument(metavar="SESSION_DIR", help="Folder of a recorded session.")
    ],
    reviewer: Annotated[
        str | None,
        typer.Option(help="Name or initials of who reviews; else as last time, or asked."),
    ] = None,
    montages: MontagesOption = None,
    screenshot: ScreenshotOption = None,
    after: AfterOption = 10.0,
) -> None:
    """Look through a recorded session and judge its alarms."""
    from monitor.reviewing import ReviewOptions
    from monitor.reviewing import review as run_review

    options = ReviewOptions(session, reviewer, read_montages(montages), screenshot, after)
    run_review(options)
