"""The commands for live streams: list them, monitor one."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

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
    print_json,
    read_montages,
    read_settings,
    require_window,
)

__all__ = ["live", "streams"]


def live(
    stream: Annotated[str | None, typer.Option(help="Name of the stream.")] = None,
    source_id: Annotated[str | None, typer.Option(help="Source id of the stream.")] = None,
    stream_type: Annotated[
        str | None, typer.Option("--type", help="Type of the stream; EEG if nothing is said.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the stream.", min=0.1)] = 10.0,
    channels: Annotated[
        str | None,
        typer.Option(help="Names of its channels in order, 'Fp1,F3,...'; '-' leaves one out."),
    ] = None,
    channel_map: Annotated[
        Path | None, typer.Option(help="TOML file with names and units of its channels.")
    ] = None,
    markers: Annotated[
        str | None, typer.Option(help="Name of a stream of markers to record as well.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(help="End after so many seconds.", min=0.1)
    ] = None,
    headless: HeadlessOption = False,
    kiosk: KioskOption = False,
    montages: MontagesOption = None,
    screenshot: ScreenshotOption = None,
    after: AfterOption = 10.0,
    session: SessionOption = None,
    weights: WeightsOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Monitor a live EEG stream (Lab Streaming Layer) until Ctrl-C."""
    from monitor.app import ScreenOptions, SessionOptions
    from monitor.live import LiveOptions, monitor_live
    from monitor.sources.channel_map import ChannelMap
    from monitor.sources.lsl_discovery import StreamQuery

    if channels is not None and channel_map is not None:
        raise typer.BadParameter("give --channels or --channel-map, not both")
    names = None
    if channels is not None:
        names = ChannelMap.from_list(channels)
    elif channel_map is not None:
        names = ChannelMap.from_toml(channel_map)
    require_window(headless=headless, kiosk=kiosk, screenshot=screenshot)
    screen = ScreenOptions(kiosk, screenshot, after, read_montages(montages))
    options = LiveOptions(
        query=StreamQuery(stream, source_id, stream_type),
        session=SessionOptions(read_settings(config, engine), headless, session, weights, screen),
        names=names,
        timeout_s=timeout,
        markers=markers,
        duration_s=duration,
    )
    end_session(monitor_live(options), json=json)


def streams(
    timeout: Annotated[float, typer.Option(help="Seconds to listen.", min=0.1)] = 2.0,
    json: JsonOption = False,
) -> None:
    """List the streams (Lab Streaming Layer) that are on the network."""
    from monitor.sources.lsl_discovery import discover

    found = discover(timeout)
    if json:
        print_json({"streams": [stream.describe() for stream in found]})
        return
    if not found:
        typer.echo(f"no stream seen within {timeout:g} s")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Name", "Type", "Channels", "Rate", "Format", "Source id", "Host"):
        table.add_column(heading, no_wrap=True)
    for s in found:
        rate = f"{s.sfreq:g} Hz" if s.sfreq else "irregular"
        table.add_row(s.name, s.type, str(s.n_channels), rate, s.format, s.source_id, s.host)
    console = Console(highlight=False, markup=False)
    needed = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, needed)
    console.print(table)
