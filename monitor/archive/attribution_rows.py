"""What the log says of an alarm's attribution, and how it is read back."""

from collections.abc import Iterable, Mapping
from typing import Any

from monitor.attributions import AlarmAttribution

__all__ = ["attribution_body", "attribution_of"]


def attribution_body(at_sample: int, attribution: AlarmAttribution) -> dict[str, Any]:
    """Return the body of a row.

    Parameters
    ----------
    at_sample
        End of the signal that had been analysed when it was logged.
    attribution
        Of an alarm.
    """
    return {
        "at_sample": at_sample,
        "alarm_id": attribution.alarm_id,
        "channels": attribution.channels,
        "region": attribution.region,
        "frequency_hz": attribution.frequency_hz,
        "channel_scores": attribution.channel_scores,
        "time_scores": attribution.time_scores,
        "first_sample": attribution.first_sample,
        "target": attribution.target,
        "logit": attribution.logit,
        "method": attribution.method,
        "complete": attribution.complete,
        "wall_s": attribution.wall_s,
        "fault": attribution.fault,
    }


def attribution_of(body: Mapping[str, Any]) -> AlarmAttribution:
    """Read the body of a row.

    Raises
    ------
    KeyError, TypeError, ValueError
        Where it does not say what it must.
    """
    start, stop = body["target"]
    return AlarmAttribution(
        alarm_id=int(body["alarm_id"]),
        channels=tuple(map(str, body["channels"])),
        region=str(body["region"]),
        frequency_hz=_number(body["frequency_hz"]),
        channel_scores=_numbers(body["channel_scores"]),
        time_scores=_numbers(body["time_scores"]),
        first_sample=int(body["first_sample"]),
        target=(int(start), int(stop)),
        logit=_number(body["logit"]),
        method=str(body["method"]),
        complete=bool(body["complete"]),
        wall_s=float(body["wall_s"]),
        fault=str(body["fault"]),
    )


def _numbers(values: Iterable[Any]) -> tuple[float | None, ...]:
    return tuple(map(_number, values))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
