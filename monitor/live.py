"""Monitoring of a live stream."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from monitor.app import Presentation, SessionOptions, run_session
from monitor.display import require_display
from monitor.sources.channel_map import ChannelMap
from monitor.sources.lsl import LslSource
from monitor.sources.lsl_discovery import StreamQuery

__all__ = ["LiveOptions", "monitor_live"]


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What to monitor and how.

    Attributes
    ----------
    query
        Which stream.
    session
        What all sessions have in common.
    names
        Names and units for its channels, or None.
    timeout_s
        How long to wait for the stream.
    markers
        Name of a stream of markers, or None.
    duration_s
        Seconds after which to end; None for until stopped.
    """

    query: StreamQuery
    session: SessionOptions
    names: ChannelMap | None = None
    timeout_s: float = 10.0
    markers: str | None = None
    duration_s: float | None = None


def monitor_live(options: LiveOptions) -> dict[str, Any]:
    """Monitor a live stream until stopped; return the summary.

    Raises
    ------
    VigilError
        Where the stream, the weights, the session folder or the display cannot be used.
    """
    if not options.session.headless:
        require_display()
    source = LslSource(
        options.query,
        names=options.names,
        timeout_s=options.timeout_s,
        markers=options.markers,
        duration_s=options.duration_s,
    )
    with closing(source):
        presentation = Presentation(
            name=source.info.name,
            origin=f"stream {source.info.name}",
            speed="live",
            finished="Monitoring has ended.",
        )
        return run_session(source, options.session, presentation)
