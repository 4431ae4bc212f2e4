"""The command that replays a recording."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.command_options import (
    AfterOption,
    ConfigOption,
    EngineOption,
    HeadlessOption,
    JsonOption,
    KioskOption,
    MontagesOption,
    ScreenshotOption,
    SessionOption,
    WeightsOption,
    end_session,
    parse_speed,
    read_montages,
    read_settings,
    require_window,
)

__all__ = ["replay"]


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.edf", help="EDF, EDF+ or BDF recording.")],
    speed: Annotated[str, typer.Option(help="1 (as recorded), N times as fast, or max.")] = "1",
    headless: HeadlessOption = False,
    kiosk: KioskOption = False,
    montages: MontagesOption = None,
    screenshot: ScreenshotOption = None,
    after: AfterOption = 10.0,
    start: Annotated[float, typer.Option(help="Begin at this second of the recording.")] = 0.0,
    session: SessionOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep reading while the file still grows.")
    ] = False,
    weights: WeightsOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Replay an archived recording through the monitor as if it were live."""
    from monitor.app import ScreenOptions, SessionOptions
    from monitor.replaying import ReplayOptions
    from monitor.replaying import replay as run_replay

    require_window(headless=headless, kiosk=kiosk, screenshot=screenshot)
    screen = ScreenOptions(kiosk, screenshot, after, read_montages(montages))
    options = ReplayOptions(
        path=file,
        session=SessionOptions(read_settings(config, engine), headless, session, weights, screen),
        speed=parse_speed(speed),
        start_s=start,
        follow=follow,
    )
    end_session(run_replay(options), json=json)
