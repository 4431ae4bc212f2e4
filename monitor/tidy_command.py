"""The command that removes old sessions."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.config import load_config
from core.errors import SessionError
from monitor.archive.retention import (
    TidyPlan,
    examine_sessions,
    plan_tidying,
    remove_leftovers,
    remove_session,
)
from monitor.command_options import ConfigOption, JsonOption, print_json

__all__ = ["tidy"]


def tidy(
    recordings: Annotated[
        Path, typer.Argument(metavar="RECORDINGS_DIR", help="Folder with session folders.")
    ],
    keep_days: Annotated[
        float | None,
        typer.Option(help="Days that sessions are kept; else as configured. 0: no bound.", min=0),
    ] = None,
    keep_gb: Annotated[
        float | None,
        typer.Option(help="GB that all may take; else as configured. 0: no bound.", min=0),
    ] = None,
    quiet_too: Annotated[
        bool, typer.Option("--quiet-too", help="Also sessions without alarms that nobody reviewed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go (as without --yes).")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove, for good.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Remove the oldest reviewed sessions beyond a bound; never one with an unreviewed alarm."""
    if dry_run and yes:
        raise typer.BadParameter("contradicts --dry-run", param_hint="--yes")
    settings = load_config(config).recording
    days = settings.keep_days if keep_days is None else keep_days
    gigabytes = settings.keep_gb if keep_gb is None else keep_gb
    if not days and not gigabytes:
        raise SessionError(
            "no bound is set; give --keep-days or --keep-gb, or set them under [recording]"
        )
    sessions = examine_sessions(recordings, quiet_too=quiet_too)
    plan = plan_tidying(sessions, datetime.now(UTC), days, gigabytes)
    if yes:
        remove_leftovers(recordings)
        for session, _ in plan.remove:
            remove_session(session, quiet_too=quiet_too)
    if json:
        print_json(_to_json(plan, removed=yes))
    else:
        _print(plan, gigabytes, removed=yes)


def _to_json(plan: TidyPlan, *, removed: bool) -> dict[str, object]:
    return {
        "removed": removed,
        "remove": [
            {"session": str(s.folder), "bytes": s.n_bytes, "why": why} for s, why in plan.remove
        ],
        "keep": [
            {"session": str(s.folder), "bytes": s.n_bytes, "why": why} for s, why in plan.keep
        ],
        "excess_bytes": plan.excess_bytes,
    }


def _print(plan: TidyPlan, keep_gb: float, *, removed: bool) -> None:
    verb = "removed" if removed else "would remove"
    for session, why in plan.remove:
        typer.echo(f"{verb} {session.folder} ({session.n_bytes / 1e9:.3f} GB): {why}")
    for session, why in plan.keep:
        typer.echo(f"keeps {session.folder} ({session.n_bytes / 1e9:.3f} GB): {why}")
    if not plan.remove:
        typer.echo("nothing to remove")
    elif not removed:
        typer.echo("nothing was removed; add --yes to remove it for good")
    if plan.excess_bytes:
        typer.echo(
            f"still {plan.excess_bytes / 1e9:.3f} GB above {keep_gb:g} GB: the rest must stay",
            err=True,
        )
