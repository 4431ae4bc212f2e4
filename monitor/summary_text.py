"""Summaries for people to read, on stdout."""

from typing import Any

import typer

from monitor.console import clock

__all__ = ["NOTICE", "print_detection", "print_session"]

NOTICE = "Research software, not a certified medical device."


def _print_events(events: list[list[float]]) -> None:
    if not events:
        typer.echo("  no seizure event")
    for onset_s, offset_s, peak in events:
        typer.echo(
            f"  seizure event {clock(onset_s)} to {clock(offset_s)} "
            f"({offset_s - onset_s:.1f} s, peak {peak:.2f})"
        )


def print_detection(result: dict[str, Any]) -> None:
    """Print what was found in a recording."""
    typer.echo(
        f"{result['file']}: {clock(result['duration_s'])} analysed, "
        f"{result['real_time_factor']:.1f} times as fast as real time"
    )
    _print_events(result["events"])
    _print_remarks(result)


def print_session(summary: dict[str, Any]) -> None:
    """Print what a session came to."""
    alarms = summary["alarms"]
    typer.echo(
        f"{clock(summary['duration_s'])} analysed in {summary['n_windows']} windows, "
        f"{summary['real_time_factor']:.1f} s of signal a second ({summary['engine']})"
    )
    _print_events(summary["events"])
    typer.echo(
        f"  alarms: {alarms['raised']} raised, {alarms['confirmed']} confirmed, "
        f"{alarms['retracted']} retracted, {alarms['acknowledged']} acknowledged"
    )
    _print_signal_delay(summary.get("signal_delay_s", {}))
    for start_s, stop_s in summary["gaps"]:
        typer.echo(f"  gap: {clock(start_s)} to {clock(stop_s)} without signal")
    if "stream" in summary:
        _print_stream(summary["stream"])
    _print_remarks(summary)
    typer.echo(f"  session: {summary['session']}")
    typer.echo(f"  {NOTICE}")


def _print_signal_delay(delay_s: dict[str, Any]) -> None:
    longest_s = {kind: delay_s.get(f"{kind}_max_s") for kind in ("light", "sound")}
    told = [f"to {kind} at most {s:.2f} s" for kind, s in longest_s.items() if s is not None]
    if told:
        silence = "; no sound was played" if longest_s["sound"] is None else ""
        typer.echo(f"  from decision {', '.join(told)}{silence}")


def _print_remarks(summary: dict[str, Any]) -> None:
    for note in summary["notes"]:
        typer.echo(f"  note: {note}")
    if summary["shortfall"]:
        typer.echo(f"  incomplete: {summary['shortfall']}")
    if summary.get("skipped_windows"):
        typer.echo(f"  degraded: {summary['skipped_windows']} windows were skipped")
    if summary["weights"] == "UNTRAINED":
        typer.echo("  UNTRAINED: the network has no trained weights; its output means nothing")


def _print_stream(stream: dict[str, Any]) -> None:
    drift_ppm = stream["drift_ppm"]
    drift = "not measured" if drift_ppm is None else f"{drift_ppm:+.1f} ppm"
    typer.echo(
        f"  stream: {stream['received_samples']} samples received, {stream['lost_samples']} lost, "
        f"{stream['reconnects']} reconnections, {stream['markers']} markers, clock drift {drift}"
    )
