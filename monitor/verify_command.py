"""The command that checks whether a recorded session can be trusted."""

from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.command_options import DEGRADED, JsonOption, print_json

__all__ = ["verify"]


def verify(
    session: Annotated[Path, typer.Argument(metavar="SESSION_DIR", help="Session folder.")],
    json: JsonOption = False,
) -> None:
    """Check that nothing in a session was changed, and say what a crash cost."""
    from monitor.archive.verify import verify_session

    found = verify_session(session)
    if json:
        values: dict[str, Any] = {
            "session": str(found.folder),
            "verdict": found.verdict,
            "faults": list(found.faults),
            "losses": list(found.losses),
            "remarks": list(found.remarks),
            "log": {"rows": found.n_rows, "hash": found.last_hash},
            "runs": found.n_runs,
            "eeg": {
                "parts": found.n_parts,
                "seconds": found.eeg_s,
                "annotations": found.n_annotations,
            },
        }
        print_json(values)
    else:
        for line in found.faults:
            typer.echo(f"fault: {line}")
        for line in found.losses:
            typer.echo(f"lost: {line}")
        for line in found.remarks:
            typer.echo(f"note: {line}")
        words = {
            "sound": "nothing was changed, nothing is missing",
            "loss": "nothing was changed; what is missing is said above",
            "fault": "not to be trusted",
        }
        typer.echo(f"{session}: {words[found.verdict]}")
        last = f", the last with digest {found.last_hash}" if found.n_rows else ""
        typer.echo(f"  log: {found.n_rows} rows of {found.n_runs} run(s){last}")
        typer.echo(
            f"  EEG: {found.eeg_s:.1f} s in {found.n_parts} file(s), "
            f"{found.n_annotations} annotations agree with the log"
            if found.verdict != "fault"
            else f"  EEG: {found.eeg_s:.1f} s in {found.n_parts} file(s)"
        )
    if found.faults:
        raise typer.Exit(1)
    if found.losses:
        raise typer.Exit(DEGRADED)
