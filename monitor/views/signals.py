"""Everything on one time axis: traces, probability, scroll bar, and the trends below."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent, QWheelEvent
from PySide6.QtWidgets import QScrollBar, QSplitter, QVBoxLayout, QWidget

from core.types import Chunk, DetectionStep, Marker, Quality
from monitor.alarm import Alarm
from monitor.views import texts
from monitor.views.keys import KeyTable
from monitor.views.pacing import TracePacer
from monitor.views.probability import ProbabilityView
from monitor.views.time_axis import TimeAxis
from monitor.views.trace import TraceView
from monitor.views.trace_controls import TraceControls
from monitor.views.trend_panel import TrendPanel

__all__ = ["PaneParts", "SignalPane"]

STEP_PAGES = 0.2
TREND_SHARE = 0.42
"""Part of the height that the trends take, until someone moves the border."""


@dataclass(frozen=True, slots=True)
class PaneParts:
    """The widgets of a pane, of which the controls belong to the traces."""

    trace: TraceView
    controls: TraceControls
    probability: ProbabilityView
    trends: TrendPanel


class SignalPane(QWidget):
    """Controls, traces, probability and trends, and how they move together.

    Parameters
    ----------
    tau_on, tau_off
        Thresholds at which an event begins and ends.
    sfreq
        Sampling rate of signal and probabilities, Hz.
    parts
        What it is made of; None: all for a live stream.
    """

    complained = Signal(str)

    def __init__(
        self,
        tau_on: float,
        tau_off: float,
        sfreq: float = 256.0,
        parent: QWidget | None = None,
        *,
        parts: PaneParts | None = None,
    ) -> None:
        super().__init__(parent)
        if parts is None:
            trace = TraceView(sfreq)
            parts = PaneParts(
                trace,
                TraceControls(trace),
                ProbabilityView(tau_on, tau_off, sfreq),
                TrendPanel(tau_on, sfreq),
            )
        self._sfreq = sfreq
        self._start_time: datetime | None = None
        self._followed: tuple[object, ...] = ()
        self._trend_share = TREND_SHARE
        self.trace = parts.trace
        self.pacer = TracePacer(self.trace, sfreq, self)
        self.controls = parts.controls
        self.probability = parts.probability
        self.trends = parts.trends
        self.scroll_bar = QScrollBar(Qt.Orientation.Horizontal)
        self.scroll_bar.setToolTip(texts.HISTORY)
        self.scroll_bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        page = QWidget()
        self.page_column = column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.trace, 1)
        column.addWidget(self.probability)
        column.addWidget(self.scroll_bar)
        self.probability.setFixedHeight(116)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(page)
        self.splitter.addWidget(self.trends)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.trends.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self.controls)
        whole.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        self.controls.complained.connect(self.complained)
        self.controls.trends_button.toggled.connect(self._show_trends)
        self.splitter.splitterMoved.connect(self._keep_share)
        self.trace.axis_moved.connect(self._follow)
        self.trace.frozen_changed.connect(self._take_frozen)
        self.scroll_bar.sliderMoved.connect(self.trace.go_to)
        self.scroll_bar.actionTriggered.connect(lambda _: self._scroll())
        self.trends.moment_chosen.connect(self.jump)
        self._follow(self.trace.axis)

    def add_keys(self, keys: KeyTable) -> None:
        """Bind the keys of the traces and list them."""
        controls, trace = self.controls, self.trace
        live = (
            ("F", texts.KEY_FREEZE, controls.toggle_freeze),
            ("S", texts.KEY_LAYOUT, controls.next_mode),
        )
        for key, text, act in (
            *(() if trace.recorded else live),
            ("Left", texts.KEY_BACK, lambda: trace.step(-STEP_PAGES)),
            ("Right", texts.KEY_FORWARD, lambda: trace.step(STEP_PAGES)),
            ("Shift+Left", texts.KEY_PAGE_BACK, lambda: trace.step(-1.0)),
            ("Shift+Right", texts.KEY_PAGE_FORWARD, lambda: trace.step(1.0)),
            ("+", texts.KEY_MORE, lambda: controls.step_sensitivity(1)),
            ("-", texts.KEY_LESS, lambda: controls.step_sensitivity(-1)),
            ("B", texts.KEY_MONTAGE, controls.next_montage),
            ("G", texts.KEY_TRENDS, controls.trends_button.toggle),
        ):
            keys.add(texts.GROUP_SIGNAL, key, text, act)

    def choices(self) -> dict[str, str]:
        """Return how the signal is shown, to be remembered."""
        return {
            **self.controls.choices(),
            "trends": "shown" if self.controls.trends_button.isChecked() else "hidden",
            "trend_hours": f"{self.trends.canvas.hours:g}",
            "trend_share": f"{self._trend_share:.3f}",
        }

    def restore(self, choices: Mapping[str, str]) -> None:
        """Show the signal as it was; a value that makes no sense is as good as none."""
        self.controls.restore(choices)
        hours = {f"{hours:g}": hours for hours in self.trends.spans}
        self.trends.set_hours(hours.get(choices.get("trend_hours", ""), self.trends.canvas.hours))
        with suppress(ValueError):
            share = float(choices.get("trend_share", ""))
            self._trend_share = share if 0.1 <= share <= 0.9 else TREND_SHARE
        self.controls.trends_button.setChecked(choices.get("trends") == "shown")

    def show_chunk(self, chunk: Chunk) -> None:
        """Take conditioned signal."""
        self.pacer.add_chunk(chunk)
        self.trends.canvas.add_chunk(chunk)

    def show_step(self, step: DetectionStep) -> None:
        """Take probabilities."""
        self.probability.add_step(step)
        self.trends.canvas.add_step(step)

    def show_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        """Shade all alarms of the session."""
        self.trace.show_events(alarms)
        self.trends.canvas.show_alarms(alarms)

    def show_markers(self, markers: Sequence[Marker]) -> None:
        """Write all remarks of the session over the traces."""
        self.trace.show_markers(markers)

    def show_quality(self, flags: Mapping[str, Quality]) -> None:
        """Mark the rows that a bad electrode is part of."""
        self.trace.show_quality(flags)

    def set_start_time(self, start_time: datetime | None) -> None:
        """Write clock times; None: time since the session began."""
        self._start_time = start_time
        self.trace.set_start_time(start_time)
        self.trends.canvas.set_start_time(start_time)

    def jump(self, sample: int) -> None:
        """Show the page around a sample where the history reaches, else say so."""
        start, stop = self.trace.history_span
        moment = texts.moment_text(sample / self._sfreq, self._start_time)
        if sample < start:
            oldest = texts.moment_text(start / self._sfreq, self._start_time)
            self.trends.say(texts.history_ends(oldest))
        elif sample >= stop:
            self.trends.say(texts.not_recorded(moment))
        else:
            self.trace.go_to(sample + self.trace.axis.n_page // 2)
            self.trends.say(texts.shown_from(moment))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scroll back and forth in the history; a notch is a fifth of a page."""
        notches = (event.angleDelta().y() + event.angleDelta().x()) / 120
        if notches:
            self.trace.step(-STEP_PAGES * notches)

    def _show_trends(self, shown: bool) -> None:
        self.trends.setVisible(shown)
        if shown:
            self._divide()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        # only now is the height known that the remembered share is a share of
        self._divide()

    def _divide(self) -> None:
        share, height = self._trend_share, self.splitter.height()
        self.splitter.setSizes([round((1 - share) * height), round(share * height)])

    def _keep_share(self) -> None:
        above, below = self.splitter.sizes()
        self._trend_share = below / max(1, above + below)

    def _scroll(self) -> None:
        if self.scroll_bar.sliderPosition() != self.trace.axis.stop:
            self.trace.go_to(self.scroll_bar.sliderPosition())

    def _take_frozen(self, frozen: bool) -> None:
        if not frozen:
            self.trends.say(texts.TREND_HINT)
        self._follow(self.trace.axis)

    def _follow(self, axis: TimeAxis) -> None:
        """Let everything else show the stretch of time that the traces show."""
        self.probability.show_axis(axis)
        # Qt paints a scroll bar in milliseconds: it follows the live signal once a second
        newest_s = int(self.trace.history_span[1] / self._sfreq)
        place = (axis, newest_s) if self.trace.frozen else (axis.n_page, newest_s)
        if place != self._followed:
            self._followed = place
            self._show_place(axis)

    def _show_place(self, axis: TimeAxis) -> None:
        """Mark the page in the scroll bar, and where it stands still in the trends."""
        self.trends.canvas.show_axis(axis if self.trace.frozen else None)
        start, stop = self.trace.history_span
        bar = self.scroll_bar
        if not bar.isSliderDown():
            bar.setRange(min(start + axis.n_page, stop), stop)
            bar.setPageStep(axis.n_page)
            bar.setSingleStep(max(1, round(STEP_PAGES * axis.n_page)))
            bar.setValue(axis.stop)
