"""The command ``vigil``."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from core.errors import VigilError
from core.model.presets import PRESETS
from monitor.bench_command import bench
from monitor.command_options import (
    DEGRADED,
    ConfigOption,
    EngineOption,
    JsonOption,
    WeightsOption,
    print_json,
    read_settings,
)
from monitor.console import clock
from monitor.evaluation_command import evaluate
from monitor.export_command import export
from monitor.interpret_command import interpret
from monitor.live_command import live, streams
from monitor.publish_command import publish
from monitor.replay_command import replay
from monitor.review_command import review
from monitor.scoring_command import score
from monitor.summary_text import NOTICE, print_detection
from monitor.tidy_command import tidy
from monitor.training_command import calibrate, train
from monitor.verify_command import verify

__all__ = ["app", "main"]

app = typer.Typer(
    help=f"Vigil: a streaming bedside EEG seizure monitor. {NOTICE}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("replay")(replay)
app.command("live")(live)
app.command("streams")(streams)
app.command("publish")(publish)
app.command("review")(review)
app.command("bench")(bench)
app.command("score")(score)
app.command("evaluate")(evaluate)
app.command("train")(train)
app.command("calibrate")(calibrate)
app.command("interpret")(interpret)
app.command("verify")(verify)
app.command("export")(export)
app.command("tidy")(tidy)


@app.command()
def detect(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE.edf | DIR",
            help="Recordings; folders are searched for .edf and .bdf files at any depth.",
        ),
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
    engine: EngineOption = None,
    jobs: Annotated[int, typer.Option(min=1, help="Windows scored at the same time.")] = 1,
    batch: Annotated[
        int,
        typer.Option(
            min=1,
            help="Windows scored at once; above 1 needs a GPU, and may change last digits.",
        ),
    ] = 1,
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
        config=read_settings(config, engine),
        weights=weights,
        split_seed=_parse_chunk(chunk),
        jobs=jobs,
        batch=batch,
    )
    for failure in failures:
        typer.echo(f"vigil: {failure}", err=True)
    if results:
        summary = results[0] if len(results) == 1 and not failures else _total(results, failures)
        if json:
            print_json(summary)
        else:
            for result in results:
                print_detection(result)
    if failures:
        raise typer.Exit(1)
    if any(not result["complete"] for result in results):
        raise typer.Exit(DEGRADED)


@app.command()
def model(
    preset: Annotated[
        str, typer.Option(metavar="NAME", help=f"One of {', '.join(PRESETS)}.")
    ] = "vigil-13m",
    json: JsonOption = False,
) -> None:
    """Show the network: layers, shapes, parameters, engine."""
    from core.model.summary import describe

    if preset not in PRESETS:
        raise typer.BadParameter(
            f"{preset!r} is none of {', '.join(PRESETS)}", param_hint="--preset"
        )
    summary = describe(preset)
    if json:
        print_json(summary)
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
        print_json(summary)
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
        print_json({f.topic: {"ok": f.ok, "found": f.found, "remedy": f.remedy} for f in findings})
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


def _parse_chunk(text: str | None) -> int | None:
    if text is None:
        return None
    kind, _, seed = text.partition(":")
    if kind != "random" or not seed.isdecimal():
        raise typer.BadParameter(f"{text!r} is not random:SEED", param_hint="--chunk")
    return int(seed)


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
