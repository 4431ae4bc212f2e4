"""The live display's pane on a recorded session: traces, probability, trends of all of it."""

from collections.abc import Sequence
from datetime import datetime

from core.config import EventsConfig
from core.types import Marker
from monitor.alarm import Alarm, AlarmState
from monitor.archive.history import AlarmHistory
from monitor.views import texts
from monitor.views.keys import KeyTable
from monitor.views.probability import ProbabilityView
from monitor.views.review.facts import SessionFacts
from monitor.views.review.reader import SessionReader, Stretch, TrendBins
from monitor.views.review.recorded import RecordedProbabilities, RecordedSignal
from monitor.views.review.review_trace import ReviewTrace
from monitor.views.review.verdict_strip import VerdictStrip
from monitor.views.signals import PaneParts, SignalPane
from monitor.views.time_axis import TimeAxis, TimeBase
from monitor.views.trace_controls import TraceControls
from monitor.views.trend_data import trend_rings
from monitor.views.trend_panel import TrendPanel

__all__ = ["AFTER_S", "BEFORE_S", "ReviewPane"]

BEFORE_S, AFTER_S = 30.0, 60.0
"""What is shown around the onset of an alarm."""

SFREQ = 256.0
# a page of traces keeps 1/256 of its width blank
_PAGE = TimeBase(page_s=(BEFORE_S + AFTER_S) * 257 / 256)


class ReviewPane(SignalPane):
    """EEG around a case, and the session at a glance.

    Parameters
    ----------
    facts
        The session.
    events
        Thresholds.
    reader
        Reads the signal.
    """

    def __init__(self, facts: SessionFacts, events: EventsConfig, reader: SessionReader) -> None:
        n_samples = max(1, round(facts.duration_s * SFREQ))
        self.recorded = RecordedSignal(n_samples, reader.ask)
        self.review_trace = ReviewTrace(self.recorded, SFREQ)
        probabilities = RecordedProbabilities(self.recorded, events.tau_on, events.tau_off)
        time_bases = {texts.page_length(BEFORE_S + AFTER_S): _PAGE}
        parts = PaneParts(
            self.review_trace,
            TraceControls(self.review_trace, time_bases=time_bases),
            ProbabilityView(events.tau_on, events.tau_off, SFREQ, recorded=probabilities),
            TrendPanel(events.tau_on, SFREQ, recorded_s=n_samples / SFREQ),
        )
        self._anchor = 0
        self._n_page = 0
        self.verdicts = VerdictStrip()
        super().__init__(events.tau_on, events.tau_off, SFREQ, parts=parts)
        self.page_column.insertWidget(1, self.verdicts)
        canvas = self.trends.canvas
        canvas.recorder.provisional_from = n_samples
        self.trace.set_time_base(_PAGE)
        self.scroll_bar.setToolTip(texts.SESSION_BAR)
        self.trends.say(texts.trends_read(0.0))
        self.show_alarms(tuple(_alarm(alarm, facts.start_time) for alarm in facts.alarms))
        self.show_markers(_markers(facts))
        self.set_start_time(facts.start_time)
        reader.stretch_read.connect(self._take_stretch)
        reader.trends_read.connect(self._take_trends)
        reader.failed.connect(self._end_trends)

    def add_keys(self, keys: KeyTable) -> None:
        super().add_keys(keys)
        keys.add(texts.GROUP_SIGNAL, "PgUp", texts.KEY_PAGE_BACK, lambda: self.trace.step(-1.0))
        keys.add(texts.GROUP_SIGNAL, "PgDown", texts.KEY_PAGE_FORWARD, lambda: self.trace.step(1.0))

    def show_around(self, sample: int) -> None:
        """Show the page around a moment."""
        self.review_trace.page_around(sample)

    def jump(self, sample: int) -> None:
        """Show the page around a moment that was clicked at in the trends."""
        self.show_around(min(max(0, sample), self.recorded.stop))

    def _follow(self, axis: TimeAxis) -> None:
        """Let a page of another length show the same moment at the same place."""
        n_before, self._n_page = self._n_page, axis.n_page
        if n_before not in (0, axis.n_page):
            self.show_around(self._anchor)
            return
        self._anchor = axis.start + (axis.n_page - axis.n_blank) // 3
        self.verdicts.show_axis(axis)
        super()._follow(axis)

    def _take_stretch(self, stretch: Stretch) -> None:
        if self.recorded.take(stretch):
            self.trace.reload()
            self.probability.reload()

    def _take_trends(self, bins: TrendBins) -> None:
        rings = trend_rings(self.trends.canvas.recorder)
        for name, values in bins.values.items():
            for k, value in enumerate(values, start=bins.first):
                rings[name].write(k, value)
        self.trends.canvas.refresh()
        self.trends.say(texts.trends_read(bins.share))

    def _end_trends(self, reason: str) -> None:
        self.trends.say(texts.trends_failed(reason))


def _alarm(history: AlarmHistory, start_time: datetime | None) -> Alarm:
    """Return an alarm as the live display takes it."""
    return Alarm(
        history.alarm_id,
        round(history.onset_s * SFREQ),
        round(history.offset_s * SFREQ),
        history.peak,
        AlarmState(history.state),
        round(history.raised_s * SFREQ),
        history.acknowledged,
        start_time,
        SFREQ,
    )


def _markers(facts: SessionFacts) -> Sequence[Marker]:
    """Return remarks, and where the session was interrupted."""
    markers = [Marker(round(note.time_s * SFREQ), note.text) for note in facts.notes]
    for before, run in zip(facts.runs, facts.runs[1:], strict=False):
        words = texts.run_begins(run.number, run.offset_s - before.stop_s)
        markers.append(Marker(round(run.offset_s * SFREQ), words))
    return markers
