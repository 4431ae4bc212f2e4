"""The back half of the pipeline: probabilities of windows to detection steps."""

from datetime import datetime

import numpy as np

from core.config import Config
from core.events import EventTracker
from core.stitch import Stitched, Stitcher
from core.types import DetectionStep, Gap, Probabilities

__all__ = ["Decoder"]


class Decoder:
    """Stitcher and event tracker.

    Parameters
    ----------
    config
        Windows and event settings.
    start_time
        Wall-clock time of sample 0, handed on to the events.
    stitcher
        What stitches, for whoever wants to watch it; None: a new one.
    """

    def __init__(
        self,
        config: Config,
        start_time: datetime | None = None,
        stitcher: Stitcher | None = None,
    ) -> None:
        self._stitcher = stitcher or Stitcher(config.window_samples, config.stride_samples)
        self._tracker = EventTracker(config, start_time)
        self._in_segment = False
        self._stop_sample = 0

    def push(self, item: Probabilities | Gap) -> list[DetectionStep | Gap]:
        if isinstance(item, Gap):
            return [*self.flush(), item]
        if not self._in_segment:
            self._tracker.begin_at(item.start_sample)
            self._in_segment = True
        return [self._step(stitched) for stitched in self._stitcher.push(item)]

    def flush(self) -> list[DetectionStep | Gap]:
        if not self._in_segment:
            return []
        # Nothing is left to stitch behind a segment of one stride or less, but its events are open.
        nothing = np.empty(0, dtype=np.float32)
        rest = self._stitcher.flush() or [Stitched(self._stop_sample, nothing, nothing)]
        return [self._last_step(stitched) for stitched in rest]

    def reset(self) -> None:
        self._stitcher.reset()
        self._tracker.reset()
        self._in_segment = False

    def _step(self, stitched: Stitched) -> DetectionStep:
        final_events = self._tracker.push(stitched.final)
        self._stop_sample = stitched.start_sample + len(stitched.final)
        open_events = self._tracker.run_on(stitched.final[:0])
        return DetectionStep(
            start_sample=stitched.start_sample,
            final=stitched.final,
            provisional=stitched.provisional,
            final_events=tuple(final_events),
            open_event=open_events[-1] if open_events else None,
            provisional_events=tuple(self._tracker.run_on(stitched.provisional)),
            settled_sample=self._tracker.settled_sample,
            unscored_samples=stitched.unscored_samples,
        )

    def _last_step(self, stitched: Stitched) -> DetectionStep:
        final_events = [*self._tracker.push(stitched.final), *self._tracker.flush()]
        self._in_segment = False
        return DetectionStep(
            start_sample=stitched.start_sample,
            final=stitched.final,
            provisional=stitched.provisional,
            final_events=tuple(final_events),
            settled_sample=stitched.start_sample + len(stitched.final),
            segment_end=True,
            unscored_samples=stitched.unscored_samples,
        )
