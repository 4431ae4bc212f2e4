"""The choices above the traces: montage, scale, time base, display filters, layout."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QWidget

from core.display_filter import DisplayFilterSettings
from core.display_montage import DisplayMontage, built_in_montages, load_montages
from core.errors import ConfigError
from monitor.views import texts
from monitor.views.flow import FlowLayout
from monitor.views.time_axis import AxisMode, TimeBase
from monitor.views.trace import TraceView

__all__ = ["SENSITIVITIES_UV_MM", "TraceControls"]

SENSITIVITIES_UV_MM = (
    1.0,
    2.0,
    3.0,
    5.0,
    7.0,
    10.0,
    15.0,
    20.0,
    30.0,
    50.0,
    75.0,
    100.0,
    150.0,
    200.0,
)
PAGES_S = (5.0, 10.0, 15.0, 20.0, 30.0, 60.0)
SPEEDS_MM_S = (10.0, 15.0, 30.0, 60.0)
LOW_CUTS_HZ = (None, 0.16, 0.3, 0.5, 1.0, 1.6, 5.0, 10.0)
HIGH_CUTS_HZ = (None, 70.0, 50.0, 35.0, 30.0, 20.0, 15.0)
NOTCHES_HZ = (None, 50.0, 60.0)


class TraceControls(QWidget):
    """Lists and buttons, in two lines where the window is narrow.

    Each list says what is chosen; its meaning is in the tool tip.

    Parameters
    ----------
    trace
        What is controlled. Recorded traces cannot be frozen, and have no sweep.
    time_bases
        Offered besides the usual ones, by name; the first is chosen.
    """

    complained = Signal(str)
    """A montage file could not be used, in one line."""

    def __init__(
        self,
        trace: TraceView,
        parent: QWidget | None = None,
        *,
        time_bases: Mapping[str, TimeBase] | None = None,
    ) -> None:
        super().__init__(parent)
        self._trace = trace
        self._montage_file = ""
        row = FlowLayout(self)
        montages = {montage.name: montage for montage in built_in_montages()}
        self.montage_box = _choice(row, texts.MONTAGE, {**montages, texts.MONTAGE_FILE: None})
        self.sensitivity_box = _choice(
            row,
            texts.SENSITIVITY,
            {texts.per_millimetre(value): value for value in SENSITIVITIES_UV_MM},
            trace.sensitivity_uv_mm,
        )
        pages = {texts.page_length(page_s): TimeBase(page_s=page_s) for page_s in PAGES_S}
        speeds = {texts.speed_mm_s(speed): TimeBase(speed_mm_s=speed) for speed in SPEEDS_MM_S}
        more = dict(time_bases or {})
        chosen = next(iter(more.values()), TimeBase(page_s=trace.page_s))
        self.time_box = _choice(row, texts.TIME_BASE, {**pages, **more, **speeds}, chosen)
        self.low_cut_box = _filter_choice(row, texts.LOW_CUT, "LF", LOW_CUTS_HZ)
        self.high_cut_box = _filter_choice(row, texts.HIGH_CUT, "HF", HIGH_CUTS_HZ)
        self.notch_box = _filter_choice(row, texts.NOTCH, "Notch", NOTCHES_HZ)
        modes = {texts.SWEEP: AxisMode.SWEEP, texts.SCROLL: AxisMode.SCROLL}
        self.mode_box = _choice(row, texts.LAYOUT, modes)
        self._boxes = {
            "montage": self.montage_box,
            "sensitivity": self.sensitivity_box,
            "time_base": self.time_box,
            "low_cut": self.low_cut_box,
            "high_cut": self.high_cut_box,
            "notch": self.notch_box,
            "mode": self.mode_box,
        }
        self.freeze_button = _switch(texts.FREEZE)
        self.trends_button = _switch(texts.SHOW_TRENDS)
        together = QWidget()
        pair = QHBoxLayout(together)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(4)
        pair.addWidget(self.freeze_button)
        pair.addWidget(self.trends_button)
        row.addWidget(together)
        self.freeze_button.setVisible(not trace.recorded)
        self.mode_box.setVisible(not trace.recorded)
        self._connect()

    def _connect(self) -> None:
        self.montage_box.activated.connect(self._change_montage)
        self.montage_box.currentIndexChanged.connect(self._show_montage)
        self.sensitivity_box.currentIndexChanged.connect(
            lambda: self._trace.set_sensitivity(self.sensitivity_box.currentData())
        )
        self.time_box.currentIndexChanged.connect(
            lambda: self._trace.set_time_base(self.time_box.currentData())
        )
        self.mode_box.currentIndexChanged.connect(
            # Qt hands a plain text back
            lambda: self._trace.set_mode(AxisMode(self.mode_box.currentData()))
        )
        for box in (self.low_cut_box, self.high_cut_box, self.notch_box):
            box.currentIndexChanged.connect(self._change_filters)
        self.freeze_button.clicked.connect(self.toggle_freeze)
        self._trace.frozen_changed.connect(self._show_frozen)

    def choices(self) -> dict[str, str]:
        """Return what is chosen, by name, to be remembered."""
        chosen = {name: box.currentText() for name, box in self._boxes.items()}
        return {**chosen, "montage_file": self._montage_file}

    def restore(self, choices: Mapping[str, str]) -> None:
        """Choose what was remembered; what is no longer offered is left as it is."""
        if path := choices.get("montage_file"):
            self.load_montages(Path(path))
        for name, box in self._boxes.items():
            place = box.findText(choices.get(name, ""))
            if place >= 0 and box.itemText(place) != texts.MONTAGE_FILE:
                box.setCurrentIndex(place)

    def add_montages(self, montages: Sequence[DisplayMontage]) -> None:
        """Offer montages of one's own; one of the same name is replaced."""
        for montage in montages:
            place = self.montage_box.findText(montage.name)
            if place >= 0:
                self.montage_box.setItemData(place, montage)
            else:
                self.montage_box.insertItem(self.montage_box.count() - 1, montage.name, montage)

    def load_montages(self, path: Path) -> None:
        """Offer the montages of a file, and show its first; complain where it cannot be used."""
        try:
            montages = load_montages(path)
        except ConfigError as error:
            self.complained.emit(str(error))
            return
        self._montage_file = str(path.resolve())
        self.add_montages(montages)
        if montages:
            self.montage_box.setCurrentText(montages[0].name)

    def toggle_freeze(self) -> None:
        """Freeze, or return to live."""
        if self._trace.frozen:
            self._trace.go_live()
        else:
            self._trace.freeze()

    def step_sensitivity(self, direction: int) -> None:
        """Choose the next sensitivity; positive makes the traces larger."""
        _step(self.sensitivity_box, -direction)

    def next_montage(self) -> None:
        """Choose the next montage, behind the last one the first."""
        n_montages = self.montage_box.count() - 1
        self.montage_box.setCurrentIndex((self.montage_box.currentIndex() + 1) % n_montages)

    def next_mode(self) -> None:
        """Sweep, or scroll."""
        self.mode_box.setCurrentIndex(1 - self.mode_box.currentIndex())

    def _change_montage(self) -> None:
        if self.montage_box.currentData() is not None:
            return
        self.montage_box.setCurrentText(self._trace.montage.name)
        path, _ = QFileDialog.getOpenFileName(
            self, texts.MONTAGE_FILE_TITLE, "", texts.MONTAGE_FILE_FILTER
        )
        if path:
            self.load_montages(Path(path))

    def _show_montage(self) -> None:
        montage = self.montage_box.currentData()
        if montage is not None:
            self._trace.set_montage(montage)

    def _change_filters(self) -> None:
        self._trace.set_filters(
            DisplayFilterSettings(
                self.low_cut_box.currentData(),
                self.high_cut_box.currentData(),
                self.notch_box.currentData(),
            )
        )

    def _show_frozen(self, frozen: bool) -> None:
        self.freeze_button.setChecked(frozen)
        self.freeze_button.setText(texts.GO_LIVE if frozen else texts.FREEZE)


def _choice(
    row: FlowLayout, meaning: str, options: Mapping[str, object], chosen: object = None
) -> QComboBox:
    """Add a list of values."""
    box = QComboBox()
    for text, value in options.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, list(options.values()).index(chosen) if chosen else 0))
    box.setToolTip(meaning)
    box.setAccessibleName(meaning)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    row.addWidget(box)
    return box


def _filter_choice(
    row: FlowLayout, meaning: str, kind: str, frequencies_hz: Sequence[float | None]
) -> QComboBox:
    return _choice(row, meaning, {texts.cut_off(kind, hz): hz for hz in frequencies_hz})


def _switch(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    # a key press must not reach a button that was clicked last
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def _step(box: QComboBox, n: int) -> None:
    box.setCurrentIndex(min(max(box.currentIndex() + n, 0), box.count() - 1))
