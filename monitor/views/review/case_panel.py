"""The list of cases with its filters."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from monitor.alarm import AlarmState
from monitor.views import texts, theme
from monitor.views.alarm_tables import list_of
from monitor.views.flow import FlowLayout
from monitor.views.labels import ElidedLabel
from monitor.views.review.case_table import TEXT_COLUMN, CaseTable
from monitor.views.review.cases import Case, CaseFilter, CaseKind, Which
from monitor.views.review.facts import SessionFacts

__all__ = ["CasePanel"]

MIN_DURATIONS_S = (0.0, 5.0, 10.0, 30.0, 60.0, 300.0)
MIN_PEAKS = (0.0, 0.9, 0.95, 0.99)
_ROW_PX = 27


class CasePanel(QWidget):
    """Cases, of which one is chosen.

    Parameters
    ----------
    facts
        For the clock.
    """

    chosen = Signal(object)
    """The :class:`Case` that someone went to."""

    others_toggled = Signal(bool)

    def __init__(self, facts: SessionFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cases: tuple[Case, ...] = ()
        self._reviewer = ""
        self._case_filter = CaseFilter()
        self._has_alarms = bool(facts.alarms)
        self.table = CaseTable(facts)
        self.view = list_of(self.table)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.count = ElidedLabel("status")
        self._make_filters()
        self._lay_out()
        self.view.selectionModel().currentRowChanged.connect(lambda *_: self._tell())
        self._fit_rows()

    def _make_filters(self) -> None:
        self.which_box = QComboBox()
        for which in Which:
            self.which_box.addItem(texts.WHICH[which.value], which.value)
        self.which_box.setToolTip(texts.WHICH_TIP)
        self.state_box = QComboBox()
        self.state_box.addItem(texts.ANY_STATE, "")
        for state in AlarmState:
            self.state_box.addItem(texts.ALARM_STATES[state], state.value)
        self.state_box.setToolTip(texts.STATE_TIP)
        self.duration_box = QComboBox()
        for least_s in MIN_DURATIONS_S:
            self.duration_box.addItem(texts.min_duration(least_s), least_s)
        self.duration_box.setToolTip(texts.MIN_DURATION)
        self.peak_box = QComboBox()
        for least in MIN_PEAKS:
            self.peak_box.addItem(texts.min_peak(least), least)
        self.peak_box.setToolTip(texts.MIN_PEAK)
        self.technical_button = _switch(texts.SHOW_TECHNICAL)
        self.notes_button = _switch(texts.SHOW_NOTES)
        self.others_button = _switch(texts.SHOW_OTHERS, texts.SHOW_OTHERS_TIP)
        for box in (self.which_box, self.state_box, self.duration_box, self.peak_box):
            box.setAccessibleName(box.toolTip())
            box.currentIndexChanged.connect(self._change_filter)
        for button in (self.technical_button, self.notes_button):
            button.toggled.connect(self._change_filter)
        self.others_button.toggled.connect(self.others_toggled)

    def _lay_out(self) -> None:
        filters = QWidget()
        row = FlowLayout(filters)
        for widget in (
            self.which_box, self.state_box, self.duration_box, self.peak_box,
            self.technical_button, self.notes_button, self.others_button,
        ):  # fmt: skip
            row.addWidget(widget)
        policy = filters.sizePolicy()
        policy.setHeightForWidth(True)
        filters.setSizePolicy(policy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(filters)
        column.addWidget(self.view, 1)
        column.addWidget(self.count)

    @property
    def current(self) -> Case | None:
        """The chosen case."""
        row = self.view.currentIndex().row()
        return self.table.row_at(row) if 0 <= row < self.table.rowCount() else None

    @property
    def listed(self) -> tuple[Case, ...]:
        """The cases that the filters let through."""
        return tuple(self.table.row_at(row) for row in range(self.table.rowCount()))

    def show_cases(self, cases: Sequence[Case], reviewer: str) -> None:
        """Take all cases; the chosen one stays chosen, also where the filter would drop it."""
        self._cases, self._reviewer = tuple(cases), reviewer
        self._refresh()

    def choose(self, subject: str) -> None:
        """Go to a case."""
        for row, case in enumerate(self.listed):
            if case.subject == subject:
                self.view.selectRow(row)
                return

    def step(self, direction: int, *, only_open: bool = False) -> None:
        """Go to the next case that can be judged; negative: to the one before."""
        row, listed = self.view.currentIndex().row(), self.listed
        if row < 0 and direction < 0:
            row = len(listed)
        row += direction
        while 0 <= row < len(listed):
            case = listed[row]
            if case.can_be_judged and not (only_open and case.by(self._reviewer)):
                self.view.selectRow(row)
                return
            row += direction

    def allow_disagreeing(self, *, allowed: bool) -> None:
        """Offer the filter that tells where others said otherwise, or withdraw it."""
        row = self.which_box.findData(Which.DISAGREEING.value)
        if not allowed and self.which_box.currentIndex() == row:
            self.which_box.setCurrentIndex(0)
        model = self.which_box.model()
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        kept = flags if allowed else Qt.ItemFlag.NoItemFlags
        model.setData(model.index(row, 0), int(kept.value), Qt.ItemDataRole.UserRole - 1)

    def _change_filter(self) -> None:
        self._case_filter = CaseFilter(
            Which(self.which_box.currentData()),
            self.state_box.currentData(),
            self.duration_box.currentData(),
            self.peak_box.currentData(),
            self.technical_button.isChecked(),
            self.notes_button.isChecked(),
        )
        self._refresh(keep=False)

    def _refresh(self, *, keep: bool = True) -> None:
        current = self.current
        kept = _same(current, self._cases) if keep else None
        wanted = replace(self._case_filter)
        listed = [c for c in self._cases if c is kept or wanted.shows(c, self._reviewer)]
        judged = [case for case in self._cases if case.can_be_judged]
        n_open = sum(case.by(self._reviewer) is None for case in judged)
        n_alarms = sum(case.kind is CaseKind.ALARM for case in judged)
        self.view.selectionModel().blockSignals(True)
        self.table.show(listed, self._reviewer)
        self.view.clearSpans()
        for row, case in enumerate(listed):
            if not case.can_be_judged:
                self.view.setSpan(row, TEXT_COLUMN, 1, len(self.table.columns) - TEXT_COLUMN)
        again = _same(current, listed)
        if again is not None:
            self.view.selectRow(listed.index(again))
        self.view.selectionModel().blockSignals(False)
        self.view.viewport().update()
        if not listed:
            self.count.show_text(texts.NO_CASE if self._has_alarms else texts.NO_ALARMS)
        else:
            self.count.show_text(texts.counted_cases(len(listed), n_alarms, n_open))
        if again is None:
            self._tell()

    def _tell(self) -> None:
        self.chosen.emit(self.current)

    def _fit_rows(self) -> None:
        self.view.verticalHeader().setDefaultSectionSize(round(_ROW_PX * theme.FONT_TEXT_PX / 14))
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, letters in enumerate((6.0, 5.9, 6.9, 3.4, 5.9, 7.2)):
            header.resizeSection(column, round(letters * theme.FONT_TEXT_PX))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.StyleChange:
            self._fit_rows()
        super().changeEvent(event)


def _same(case: Case | None, cases: Sequence[Case]) -> Case | None:
    """Return what a case has become."""
    if case is None:
        return None
    return next(
        (
            other
            for other in cases
            if other.kind is case.kind
            and other.subject == case.subject
            and (case.can_be_judged or (other.text, other.onset_s) == (case.text, case.onset_s))
        ),
        None,
    )


def _switch(text: str, tip: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
