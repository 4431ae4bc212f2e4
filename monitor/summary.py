"""What a session came to, in numbers and in words."""

from typing import Any, Protocol

from core.config import Config
from core.detector import WindowScorer
from monitor.alarm import Alarm, AlarmState
from monitor.attributions import can_be_explained
from monitor.worker import Pipeline

__all__ = ["AccountableSource", "summarise"]


class AccountableSource(Protocol):
    """A source that can say what became of it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed about its channels."""
        ...

    def account(self) -> dict[str, Any]:
        """Return at least ``complete`` and ``shortfall``."""
        ...


def summarise(
    pipeline: Pipeline,
    source: AccountableSource,
    config: Config,
    scorer: WindowScorer,
) -> dict[str, Any]:
    """Return the summary of a session that has ended.

    Parameters
    ----------
    pipeline
        Its threads have ended.
    source, config, scorer
        What ran.
    """
    detection = pipeline.detection
    sfreq = config.conditioning.sfreq
    duration_s, analysis_s = detection.n_samples / sfreq, pipeline.analysis_s
    states = [alarm.state for alarm in pipeline.alarms]
    inference_s = sorted(pipeline.inference_s)
    return {
        "duration_s": duration_s,
        "n_windows": detection.n_windows,
        "events": [[e.onset_s, e.offset_s, e.peak] for e in detection.events],
        "alarms": {
            "raised": len(states),
            "confirmed": states.count(AlarmState.ENDED) + states.count(AlarmState.CONFIRMED),
            "retracted": states.count(AlarmState.RETRACTED),
            "acknowledged": sum(alarm.acknowledged for alarm in pipeline.alarms),
        },
        "alarm_list": [_as_listed(alarm) for alarm in pipeline.alarms],
        "gaps": [[gap.start_sample / sfreq, gap.stop_sample / sfreq] for gap in detection.gaps],
        "skipped_windows": detection.n_skipped,
        "unscored_s": detection.unscored_samples / sfreq,
        **source.account(),
        "real_time_factor": duration_s / analysis_s if analysis_s > 0 else 0.0,
        "inference_median_s": inference_s[len(inference_s) // 2] if inference_s else 0.0,
        "engine": scorer.name,
        "weights": scorer.weights,
        "config_hash": config.hash,
        "probabilities_sha256": detection.probabilities_sha256,
        "notes": [*source.notes, *pipeline.notes, *_unexplained(config)],
    }


def _as_listed(alarm: Alarm) -> dict[str, Any]:
    """Return an alarm with what it went back to; None where that is not known."""
    told = alarm.attribution
    found = None if told is None or told.fault else told
    return {
        "alarm_id": alarm.alarm_id,
        "onset_s": alarm.onset_s,
        "offset_s": alarm.offset_s,
        "peak": alarm.peak,
        "state": alarm.state,
        "channels": None if found is None else list(found.channels),
        "region": None if found is None else found.region,
        "frequency_hz": None if found is None else found.frequency_hz,
        "attribution_complete": None if found is None else found.complete,
        "attribution_fault": None if told is None else told.fault or None,
    }


def _unexplained(config: Config) -> list[str]:
    if config.inference.attribution_budget_s == 0 or can_be_explained(config):
        return []
    return [f"{config.model.preset} is no network: its alarms are not explained"]
