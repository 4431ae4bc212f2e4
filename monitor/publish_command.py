"""The command that publishes a recording as a live stream."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from monitor.command_options import JsonOption, parse_speed, print_json

__all__ = ["publish"]

_FORMATS = ("float32", "double64", "int32", "int16")


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE.edf", help="EDF, EDF+ or BDF recording.")],
    name: Annotated[str | None, typer.Option(help="Name of the stream; else the file's.")] = None,
    source_id: Annotated[
        str | None, typer.Option(help="Source id of the stream; else made from its name.")
    ] = None,
    speed: Annotated[str, typer.Option(help="Seconds of signal a second.")] = "1",
    wait: Annotated[bool, typer.Option("--wait", help="Begin when somebody listens.")] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Begin anew at the end.")] = False,
    counter: Annotated[
        bool, typer.Option("--counter", help="Add a channel that counts samples.")
    ] = False,
    markers: Annotated[
        bool, typer.Option("--markers", help="Send annotations as the stream NAME-markers.")
    ] = False,
    no_labels: Annotated[
        bool, typer.Option("--no-labels", help="Do not tell the channels' names and units.")
    ] = False,
    sample_format: Annotated[
        str, typer.Option("--format", help="float32, double64, int32 or int16.")
    ] = "float32",
    unit: Annotated[str, typer.Option(help="nV, uV, mV or V.")] = "uV",
    drift_ppm: Annotated[
        float, typer.Option(help="Run so many parts in a million too fast.", min=-1e5, max=1e5)
    ] = 0.0,
    drop: Annotated[
        float, typer.Option(help="Lose a chunk with this probability.", min=0, max=1)
    ] = 0.0,
    jitter: Annotated[
        float, typer.Option(help="Send chunks up to so many milliseconds late.", min=0)
    ] = 0.0,
    burst: Annotated[
        float, typer.Option(help="Send samples together every so many seconds.", min=0, max=60)
    ] = 0.0,
    stall: Annotated[
        str | None, typer.Option(help="AT:SECONDS of silence, then what was held back.")
    ] = None,
    restart: Annotated[
        str | None, typer.Option(help="AT:SECONDS without outlet; their samples are lost.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws what is lost and late.", min=0)] = 0,
    json: JsonOption = False,
) -> None:
    """Send a recording as a live stream: an amplifier stand-in, faults included."""
    from monitor.publishing import Faults, Publication, publish_recording

    if sample_format not in _FORMATS:
        raise typer.BadParameter(
            f"{sample_format!r} is none of {', '.join(_FORMATS)}", param_hint="--format"
        )
    pace = parse_speed(speed)
    if pace == float("inf"):
        raise typer.BadParameter("a live stream needs a number", param_hint="--speed")
    stream = name or file.stem
    publication = Publication(
        path=file,
        name=stream,
        source_id=source_id or f"vigil-{stream}",
        speed=pace,
        drift_ppm=drift_ppm,
        loop=loop,
        wait=wait,
        counter=counter,
        labels=not no_labels,
        markers=markers,
        sample_format=sample_format,
        unit=unit,
        faults=Faults(
            drop=drop,
            jitter_s=jitter / 1000,
            burst_s=burst,
            stall=_at_and_seconds(stall, "--stall"),
            restart=_at_and_seconds(restart, "--restart"),
            seed=seed,
        ),
    )
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    typer.echo(f"publishing {file.name} as {stream}; Ctrl-C ends it", err=True)
    summary = publish_recording(publication, stopped)
    if json:
        print_json(summary)
    else:
        typer.echo(
            f"{summary['published_samples']} samples sent, {summary['dropped_samples']} lost on "
            f"purpose, {summary['wall_s']:.1f} s"
        )


def _at_and_seconds(text: str | None, option: str) -> tuple[float, float] | None:
    if text is None:
        return None
    at, _, seconds = text.partition(":")
    try:
        found = float(at), float(seconds)
    except ValueError:
        found = (-1.0, -1.0)
    if found[0] < 0 or not 0 < found[1] < float("inf"):
        raise typer.BadParameter(f"{text!r} is not AT:SECONDS", param_hint=option)
    return found
