"""The command ``vigil``."""

import json as json_format
import math
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from core.config import load_config
from core.errors import VigilError
from monitor.console import clock
from monitor.evaluation_command import evaluate
from monitor.scoring_command import score
from monitor.training_command import train

__all__ = ["app", "main"]

DEGRADED = 3
"""Exit code: finished, but data was lost or degraded."""

NOTICE = "Research software, not a certified medical device."

app = typer.Typer(
    help=f"Vigil: a streaming bedside EEG seizure monitor. {NOTICE}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("score")(score)
app.command("evaluate")(evaluate)
app.command("train")(train)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file; without it, the locked defaults.")
]
WeightsOption = Annotated[
    Path | None, typer.Option("--weights", help="Network weights (.safetensors).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.edf", help="EDF, EDF+ or BDF recording.")],
    speed: Annotated[str, typer.Option(help="1 (as recorded), N times as fast, or max.")] = "1",
    headless: Annotated[bool, typer.Option("--headless", help="Without a window.")] = False,
    start: Annotated[float, typer.Option(help="Begin at this second of the recording.")] = 0.0,
    session: Annotated[
        Path | None,
        typer.Option(help="Session folder to make; without it, a new one under recordings/."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep reading while the file still grows.")
    ] = False,
    weights: WeightsOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Replay an archived recording through the monitor as if it were live."""
    from monitor.app import ReplayOptions
    from monitor.app import replay as run_replay

    options = ReplayOptions(
        path=file,
        config=load_config(config),
        speed=_parse_speed(speed),
        start_s=start,
        follow=follow,
        headless=headless,
        session_folder=session,
        weights=weights,
    )
    summary = run_replay(options)
    if json:
        _print_json(summary)
    else:
        _print_replay(summary)
    if not summary["complete"] or summary["skipped_windows"]:
        raise typer.Exit(DEGRADED)


@app.command()
def detect(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="FILE.edf... | BIDS_DIR", help="Recordings.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the event files.")],
    output_format: Annotated[
        str, typer.Option("--format", help="tsv (SzCORE) or csv_bi (NEDC).")
    ] = "tsv",
    chunk: Annotated[
        str | None,
        typer.Option(help="random:SEED feeds the pipeline pieces of random length."),
    ] = None,
    weights: WeightsOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find seizures in recordings, as fast as possible."""
    from monitor.detecting import detect_recordings, find_recordings

    if output_format not in ("tsv", "csv_bi"):
        raise typer.BadParameter(
            f"{output_format!r} is neither tsv nor csv_bi", param_hint="--format"
        )
    results, failures = detect_recordings(
        find_recordings(inputs),
        out,
        output_format=output_format,
        config=load_config(config),
        weights=weights,
        split_seed=_parse_chunk(chunk),
    )
    for failure in failures:
        typer.echo(f"vigil: {failure}", err=True)
    if results:
        summary = results[0] if len(results) == 1 and not failures else _total(results, failures)
        if json:
            _print_json(summary)
        else:
            for result in results:
                _print_detection(result)
    if failures:
        raise typer.Exit(1)
    if any(not result["complete"] for result in results):
        raise typer.Exit(DEGRADED)


@app.command()
def model(
    preset: Annotated[str, typer.Option(help="As in model.preset.")] = "vigil-13m",
    json: JsonOption = False,
) -> None:
    """Show the network: layers, shapes, parameters, engine."""
    from core.model.presets import PRESETS
    from core.model.summary import describe

    if preset not in PRESETS:
        raise typer.BadParameter(
            f"{preset!r} is none of {', '.join(PRESETS)}", param_hint="--preset"
        )
    summary = describe(preset)
    if json:
        _print_json(summary)
        return
    for layer in summary["layers"]:
        shape = "x".join(str(n) for n in layer["output_shape"])
        typer.echo(
            f"{layer['name']:32} {layer['type']:24} {shape:>14} {layer['n_parameters']:>12,}"
        )
    shapes = summary["shapes"]
    typer.echo(
        f"{summary['preset']}: {summary['n_parameters']:,} parameters, "
        f"{shapes['input']} -> {shapes['bottleneck']} -> {shapes['output']}, "
        f"engine {summary['engine']}"
    )
    for name, value in summary["values"].items():
        typer.echo(f"{name} = {value:g}")


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(metavar="OUT.edf", help="Recording to write.")],
    minutes: Annotated[float, typer.Option(help="Length in minutes.")] = 10.0,
    seizures: Annotated[int, typer.Option(help="How many seizures.", min=0)] = 2,
    seed: Annotated[int, typer.Option(help="The same seed gives the same recording.")] = 0,
    json: JsonOption = False,
) -> None:
    """Write a simulated EEG recording with seizures and its events."""
    from core.simulate import simulate_recording
    from monitor.progress import progress_bar

    with progress_bar(f"simulating {out.name}") as progress:
        recording = simulate_recording(out, minutes, seizures, seed, progress=progress)
    summary = {
        "edf": str(recording.edf_path),
        "events_tsv": str(recording.events_path),
        "duration_s": recording.duration_s,
        "seizures": [[s.onset_s, s.offset_s, s.event_type] for s in recording.seizures],
    }
    if json:
        _print_json(summary)
        return
    typer.echo(f"{recording.edf_path}: {clock(recording.duration_s)} of simulated EEG")
    for seizure in recording.seizures:
        typer.echo(f"  seizure {clock(seizure.onset_s)} to {clock(seizure.offset_s)}")


@app.command()
def doctor(json: JsonOption = False) -> None:
    """Say what is installed, what works, and what to do about the rest."""
    from monitor.doctor import examine

    findings = examine()
    if json:
        _print_json({f.topic: {"ok": f.ok, "found": f.found, "remedy": f.remedy} for f in findings})
        return
    for finding in findings:
        typer.echo(f"{'ok ' if finding.ok else '-- '} {finding.topic:14} {finding.found}")
        if finding.remedy:
            typer.echo(f"    {'':14} {finding.remedy}")


def main() -> None:
    """Run the command; every foreseeable fault becomes one line and exit code 1."""
    try:
        app()
    except VigilError as error:
        Console(stderr=True, soft_wrap=True).print(f"vigil: {error}", markup=False, highlight=False)
        sys.exit(1)


def _parse_speed(text: str) -> float:
    if text == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        raise typer.BadParameter(
            f"{text!r} is neither a positive number nor max", param_hint="--speed"
        )
    return speed


def _parse_chunk(text: str | None) -> int | None:
    if text is None:
        return None
    kind, _, seed = text.partition(":")
    if kind != "random" or not seed.isdecimal():
        raise typer.BadParameter(f"{text!r} is not random:SEED", param_hint="--chunk")
    return int(seed)


def _print_json(summary: dict[str, Any]) -> None:
    typer.echo(json_format.dumps(summary))


def _total(results: list[dict[str, Any]], failures: list[str]) -> dict[str, Any]:
    """Sum over several recordings; each one's own object is under ``recordings``."""
    wall_s = sum(result["wall_s"] for result in results)
    duration_s = sum(result["duration_s"] for result in results)
    same = ("engine", "weights", "config_hash")
    return {
        "duration_s": duration_s,
        "n_windows": sum(result["n_windows"] for result in results),
        "events": [event for result in results for event in result["events"]],
        "real_time_factor": duration_s / wall_s if wall_s > 0 else 0.0,
        **{key: results[0][key] for key in same},
        "recordings": results,
        "failures": failures,
    }


def _print_events(events: list[list[float]]) -> None:
    if not events:
        typer.echo("  no seizure event")
    for onset_s, offset_s, peak in events:
        typer.echo(
            f"  seizure event {clock(onset_s)} to {clock(offset_s)} "
            f"({offset_s - onset_s:.1f} s, peak {peak:.2f})"
        )


def _print_detection(result: dict[str, Any]) -> None:
    typer.echo(
        f"{result['file']}: {clock(result['duration_s'])} analysed, "
        f"{result['real_time_factor']:.0f} times faster than real time"
    )
    _print_events(result["events"])
    _print_remarks(result)


def _print_replay(summary: dict[str, Any]) -> None:
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
    for start_s, stop_s in summary["gaps"]:
        typer.echo(f"  gap: {clock(start_s)} to {clock(stop_s)} without signal")
    _print_remarks(summary)
    typer.echo(f"  session: {summary['session']}")
    typer.echo(f"  {NOTICE}")


def _print_remarks(summary: dict[str, Any]) -> None:
    for note in summary["notes"]:
        typer.echo(f"  note: {note}")
    if summary["shortfall"]:
        typer.echo(f"  incomplete: {summary['shortfall']}")
    if summary.get("skipped_windows"):
        typer.echo(f"  degraded: {summary['skipped_windows']} windows were skipped")
    if summary["weights"] == "UNTRAINED":
        typer.echo("  UNTRAINED: the network has no trained weights; its output means nothing")
