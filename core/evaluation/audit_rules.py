"""Likely causes of a false alarm, by stated rules.

The rules (:data:`RULES`) are tried in their order and look at nothing but the recording and its
annotations. They sort false alarms for a reader; they diagnose nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.evaluation.audit_features import Features
from core.types import FloatArray, Quality

__all__ = ["CATEGORIES", "JOIN_S", "RULES", "Circumstances", "FalseAlarm", "categorise"]

JOIN_S = 2.0
POST_ICTAL_S = 300.0
FLAGGED_SHARE = 0.2
TOP_SHARE = 0.5
MAINS_SHARE = 0.35
FAST_SHARE = 0.5
PROMINENCE = 3.0

RULES: Mapping[str, str] = {
    "near a join or gap": f"the onset lies within {JOIN_S:g} s of a join of two pieces "
    "(_joins.tsv beside the recording) or of the edge of a gap",
    "electrode": f"a channel is flagged flat, railed or loose for at least {FLAGGED_SHARE:.0%} "
    f"of the event, or one electrode carries more than {TOP_SHARE:.0%} of the line length of all",
    "mains": f"a channel is flagged for line noise for at least {FLAGGED_SHARE:.0%} of the event, "
    f"or 50/60 Hz and harmonics hold more than {MAINS_SHARE:.0%} of the power behind the notch",
    "movement/muscle": f"more than {FAST_SHARE:.0%} of the power, the mains apart, lies above "
    "20 Hz",
    "post-ictal": f"the onset lies within {POST_ICTAL_S / 60:g} min after the end of a reference "
    "seizure",
    "rhythmic background": "one narrow peak between 0.5 and 13 Hz is at least "
    f"{PROMINENCE:g} times as dense as both its flanks",
    "other": "none of the above",
}
"""Every category and its rule, in the order in which they are tried."""

CATEGORIES = tuple(RULES)


@dataclass(frozen=True, slots=True, eq=False)
class FalseAlarm:
    """A detection that overlaps no reference seizure.

    Attributes
    ----------
    recording, patient
        Name of the recording, and whose it is.
    onset_s, duration_s
        Since the recording began.
    peak
        Highest probability in it.
    category, reason
        One of :data:`CATEGORIES`, and what the rule saw.
    features
        Of the event's first minute; None where its signal cannot be had.
    flags
        Share of the event for which a source channel carries a flag: ``(channel, flag, share)``.
    excerpt : (19, n) float32, or None
        Conditioned microvolts around the onset, for a picture.
    excerpt_start_s
        Time of the excerpt's first sample.
    """

    recording: str
    patient: str
    onset_s: float
    duration_s: float
    peak: float
    category: str
    reason: str
    features: Features | None = None
    flags: tuple[tuple[str, Quality, float], ...] = ()
    excerpt: FloatArray | None = None
    excerpt_start_s: float = 0.0

    @property
    def flags_text(self) -> str:
        """Flags in one line, such as ``Fp1 loose 40 %``."""
        return ", ".join(
            f"{name} {(flag.name or '?').lower().replace('_', ' ')} {share:.0%}"
            for name, flag, share in self.flags
        )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules look at besides the signal's features.

    Attributes
    ----------
    seam_s
        Distance from the onset to the nearest join or edge of a gap; None where there is none.
    after_seizure_s
        From the end of the last reference seizure to the onset; None where there is none.
    flags
        As in :class:`FalseAlarm`.
    """

    seam_s: float | None = None
    after_seizure_s: float | None = None
    flags: tuple[tuple[str, Quality, float], ...] = ()


def categorise(features: Features | None, circumstances: Circumstances) -> tuple[str, str]:
    """Assign a category and say what led to it; see :data:`RULES`."""
    rules = (_seam, _electrode, _mains, _muscle, _post_ictal, _rhythm)
    for category, rule in zip(CATEGORIES, rules, strict=False):
        if reason := rule(features, circumstances):
            return category, reason
    return CATEGORIES[-1], "signal not at hand" if features is None else ""


def _seam(_: Features | None, circumstances: Circumstances) -> str:
    seam_s = circumstances.seam_s
    return f"{seam_s:.1f} s from it" if seam_s is not None and seam_s <= JOIN_S else ""


def _electrode(features: Features | None, circumstances: Circumstances) -> str:
    if reason := _flagged(circumstances, Quality.FLAT | Quality.RAILED | Quality.LOOSE):
        return reason
    if features is not None and features.top_share > TOP_SHARE:
        return f"{features.dominant[0]} has {features.top_share:.0%} of the line length"
    return ""


def _mains(features: Features | None, circumstances: Circumstances) -> str:
    if reason := _flagged(circumstances, Quality.LINE_NOISE):
        return reason
    if features is not None and features.mains_share > MAINS_SHARE:
        return f"{features.mains_share:.0%} of the power"
    return ""


def _muscle(features: Features | None, _: Circumstances) -> str:
    if features is not None and features.fast_share > FAST_SHARE:
        return f"{features.fast_share:.0%} of the power above 20 Hz"
    return ""


def _post_ictal(_: Features | None, circumstances: Circumstances) -> str:
    after_s = circumstances.after_seizure_s
    return f"{after_s:.0f} s after" if after_s is not None and after_s <= POST_ICTAL_S else ""


def _rhythm(features: Features | None, _: Circumstances) -> str:
    rhythm = None if features is None else features.rhythm
    if rhythm is not None and rhythm.prominence >= PROMINENCE:
        return f"{rhythm.freq_hz:.3g} Hz, {rhythm.prominence:.1f} to 1"
    return ""


def _flagged(circumstances: Circumstances, faults: Quality) -> str:
    for name, flag, share in circumstances.flags:
        if flag & faults and share >= FLAGGED_SHARE:
            what = (flag.name or "flagged").lower().replace("_", " ")
            return f"{name} {what} for {share:.0%} of the event"
    return ""
