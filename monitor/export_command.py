"""The command that exports a recorded session."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.command_options import JsonOption, print_json
from monitor.progress import progress_bar

__all__ = ["export"]


def export(
    session: Annotated[Path, typer.Argument(metavar="SESSION_DIR", help="A recorded session.")],
    formats: Annotated[
        list[str],
        typer.Option(
            "--format",
            help="tsv (SzCORE), csv_bi (NEDC), edf, json (lines) or html; may be repeated.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="File to write; with several formats, a folder to make.")
    ],
    events: Annotated[
        str, typer.Option(help="Of tsv and csv_bi: alarms (confirmed ones) or reviewed.")
    ] = "alarms",
    reviewer: Annotated[
        str | None, typer.Option(help="With --events reviewed: only this one's verdicts.")
    ] = None,
    deidentify: Annotated[
        bool, typer.Option("--deidentify", help="Without names, remarks and true dates.")
    ] = False,
    date_shift: Annotated[
        int | None,
        typer.Option(help="With --deidentify: days to shift dates by; else drawn, and not kept."),
    ] = None,
    pictures: Annotated[
        int, typer.Option(help="Of html: most pictures of alarms.", min=0, max=200)
    ] = 40,
    json: JsonOption = False,
) -> None:
    """Export a session: events, EEG with annotations, the log, a report."""
    # matplotlib loads only where it is needed
    from monitor.exporting import ExportOptions, export_session

    if reviewer is not None and events != "reviewed":
        raise typer.BadParameter("goes with --events reviewed", param_hint="--reviewer")
    if date_shift is not None and not deidentify:
        raise typer.BadParameter("goes with --deidentify", param_hint="--date-shift")
    options = ExportOptions(
        folder=session,
        formats=tuple(dict.fromkeys(formats)),
        out=out,
        events=events,
        reviewer=reviewer,
        deidentify=deidentify,
        date_shift_days=date_shift,
        n_pictures=pictures,
    )
    with progress_bar(f"exporting {session.name}") as progress:
        exported = export_session(options, progress)
    if json:
        print_json(
            {
                "files": [str(path) for path in exported.files],
                "events": exported.n_events,
                "notes": list(exported.remarks),
            }
        )
        return
    for path in exported.files:
        typer.echo(str(path))
    for remark in exported.remarks:
        typer.echo(f"note: {remark}", err=True)
