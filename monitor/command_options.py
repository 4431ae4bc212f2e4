"""Options that several commands share, and how a session's command ends."""

import json as json_format
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from core.config import Config, load_config
from core.display_montage import DisplayMontage, load_montages
from monitor.summary_text import print_session

__all__ = [
    "DEGRADED",
    "AfterOption",
    "ConfigOption",
    "EngineOption",
    "HeadlessOption",
    "JsonOption",
    "KioskOption",
    "MontagesOption",
    "ScreenshotOption",
    "SessionOption",
    "WeightsOption",
    "end_session",
    "parse_speed",
    "print_json",
    "read_montages",
    "read_settings",
    "require_window",
]

DEGRADED = 3
"""Exit code: finished, but data was lost or degraded."""

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="TOML file; else the defaults, as in configs/default.toml."),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option(
        "--weights", help="Network weights (.safetensors), or untrained; else the built-in ones."
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="auto, torch-cpu, torch-cpu-reference or cuda; else as configured.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
KioskOption = Annotated[
    bool, typer.Option("--kiosk", help="Full screen that cannot be left; Ctrl+Q ends.")
]
MontagesOption = Annotated[
    Path | None, typer.Option("--montages", help="TOML file with montages of one's own to offer.")
]
ScreenshotOption = Annotated[
    Path | None,
    typer.Option("--screenshot", help="Write a picture of the window to this file, and end."),
]
AfterOption = Annotated[
    float, typer.Option("--after", help="Seconds until the picture is taken.", min=0.0)
]
HeadlessOption = Annotated[bool, typer.Option("--headless", help="Without a window.")]
SessionOption = Annotated[
    Path | None,
    typer.Option(
        "--session",
        help="Session folder to make or to take up again; else a new one under recordings/.",
    ),
]


def read_settings(config: Path | None, engine: str | None) -> Config:
    """Read the configuration, and put the engine that was asked for into it.

    Raises
    ------
    ConfigError
        Where the file cannot be used, or there is no such engine.
    """
    settings = load_config(config)
    if engine is None:
        return settings
    # torch loads only where it is needed
    from core.model.engine import choose_engine

    return choose_engine(settings, engine)


def read_montages(path: Path | None) -> tuple[DisplayMontage, ...]:
    """Read montages of one's own, where a file is given.

    Raises
    ------
    ConfigError
        Where it cannot be used.
    """
    return () if path is None else load_montages(path)


def parse_speed(text: str) -> float:
    """Return seconds of signal a second; ``max`` is infinite."""
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


def require_window(*, headless: bool, kiosk: bool, screenshot: Path | None) -> None:
    """Refuse what needs a window where there is none.

    Raises
    ------
    typer.BadParameter
        Where both are asked for.
    """
    if headless and (kiosk or screenshot is not None):
        name = "--kiosk" if kiosk else "--screenshot"
        raise typer.BadParameter("needs a window; leave --headless out", param_hint=name)


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    typer.echo(json_format.dumps(value))


def end_session(summary: dict[str, Any], *, json: bool) -> None:
    """Print what a session came to; end with :data:`DEGRADED` where data was lost.

    Raises
    ------
    typer.Exit
        Where samples are missing, or windows were skipped.
    """
    if json:
        print_json(summary)
    else:
        print_session(summary)
    if not summary["complete"] or summary["skipped_windows"]:
        raise typer.Exit(DEGRADED)
