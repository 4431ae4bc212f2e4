"""What an alarm went back to, as it travels from the explainer to the log and the screen."""

from dataclasses import dataclass

from core.config import Config
from core.model.presets import PRESETS, LineLengthPreset

__all__ = ["AlarmAttribution", "can_be_explained", "is_explained"]


@dataclass(frozen=True, slots=True)
class AlarmAttribution:
    """What the network used when it raised an alarm; no localisation.

    Attributes
    ----------
    alarm_id
        Of the alarm.
    channels
        Dominant electrodes, first of all first; empty where none raised the score.
    region
        Where they lie, as in ``left temporal``; empty where nothing was explained.
    frequency_hz
        Their strongest rhythm, or None where there is none.
    channel_scores
        By how much each of the 19 electrodes raised the mean logit of the target; None where the
        time budget was used up before it. Empty where nothing was explained.
    time_scores
        The same for each second.
    first_sample
        Where the first of these seconds begins, at 256 Hz since the run began.
    target
        Samples whose mean logit was explained, ``[start, stop)``.
    logit
        That mean; None where nothing was explained.
    method
        How the scores were found.
    complete
        Whether the time budget sufficed for all of it.
    wall_s
        What it took.
    fault
        Why the alarm was not explained; empty where it was.
    """

    alarm_id: int
    channels: tuple[str, ...] = ()
    region: str = ""
    frequency_hz: float | None = None
    channel_scores: tuple[float | None, ...] = ()
    time_scores: tuple[float | None, ...] = ()
    first_sample: int = 0
    target: tuple[int, int] = (0, 0)
    logit: float | None = None
    method: str = ""
    complete: bool = False
    wall_s: float = 0.0
    fault: str = ""

    @property
    def words(self) -> str:
        """One line, as in ``T3 F7 T5 \u00b7 left temporal \u00b7 4.5 Hz``.

        It ends in ``incomplete`` where the budget did not suffice for every electrode: one that was
        not tried may matter more.
        """
        if self.fault:
            return "not explained"
        parts = [" ".join(self.channels), self.region]
        if self.frequency_hz is not None:
            parts.append(f"{self.frequency_hz:.1f} Hz")
        if not self.complete and None in self.channel_scores:
            parts.append("incomplete")
        return " \u00b7 ".join(part for part in parts if part)

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Each electrode's score as a share of the best one's, 0 to 1; None where it is unknown."""
        best = max((score for score in self.channel_scores if score is not None), default=0.0)
        return tuple(
            None if score is None else max(0.0, score / best) if best > 0 else 0.0
            for score in self.channel_scores
        )


def can_be_explained(config: Config) -> bool:
    """Whether the detector is a network."""
    return not isinstance(PRESETS[config.model.preset], LineLengthPreset)


def is_explained(config: Config) -> bool:
    """Whether alarms are to be explained."""
    return config.inference.attribution_budget_s > 0 and can_be_explained(config)
