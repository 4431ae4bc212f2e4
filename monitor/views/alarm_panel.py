"""The right-hand side: the banner, the list of alarms, and what is wrong with the equipment."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QAbstractTableModel, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from monitor.alarm import Alarm, TechnicalAlarm
from monitor.views import texts
from monitor.views.alarm_tables import AlarmTable, TechnicalTable
from monitor.views.banner import AlarmBanner, banner_sign

__all__ = ["AlarmPanel"]


class AlarmPanel(QFrame):
    """Seizure alarms, technical alarms, and the buttons to acknowledge.

    The panel only asks: an alarm reads as acknowledged once :meth:`show_alarms` says so.

    Parameters
    ----------
    trained
        False: the banner never claims that there is no alarm.
    """

    acknowledged = Signal(int)
    """The identity of the one alarm to acknowledge."""

    acknowledge_all = Signal()

    def __init__(self, *, trained: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._alarms: tuple[Alarm, ...] = ()
        self._technical: tuple[TechnicalAlarm, ...] = ()
        self._trained = trained
        self._arming_s = 0.0
        self._rearming = False
        self._finished = False

        self.banner = AlarmBanner()
        self._alarm_title = _section(texts.SEIZURE_ALARMS)
        self._technical_title = _section(texts.TECHNICAL_ALARMS)
        self.alarm_table = AlarmTable()
        self.technical_table = TechnicalTable()
        self.alarm_list = _list_of(self.alarm_table, (82, 96, 52, 86))
        self.technical_list = _list_of(self.technical_table, (82, 86))
        self.acknowledge_button = QPushButton(texts.ACKNOWLEDGE)
        self.acknowledge_all_button = QPushButton(texts.ACKNOWLEDGE_ALL)
        self.acknowledge_button.clicked.connect(self._acknowledge_selected)
        self.acknowledge_all_button.clicked.connect(self.acknowledge_all)
        self.alarm_list.selectionModel().selectionChanged.connect(self._refresh_buttons)
        self._lay_out()
        self._refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.acknowledge_button, 1)
        buttons.addWidget(self.acknowledge_all_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.banner)
        column.addWidget(self._alarm_title)
        column.addWidget(self.alarm_list, 3)
        column.addLayout(buttons)
        column.addWidget(self._technical_title)
        column.addWidget(self.technical_list, 1)

    def show_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Show all alarms of the session, given in the order they were raised."""
        self._alarms = tuple(alarms)
        self.alarm_table.show(self._alarms)
        self._refresh()

    def show_technical(self, alarms: Sequence[TechnicalAlarm]) -> None:
        """Show technical alarms, active and cleared."""
        self._technical = tuple(alarms)
        self.technical_table.show(self._technical)
        self._refresh()

    def show_arming(self, seconds_left: float, *, rearming: bool = False) -> None:
        """Say how long no seizure can be detected; 0: detection is at work."""
        self._arming_s = max(0.0, seconds_left)
        self._rearming = rearming
        self._refresh()

    def show_finished(self) -> None:
        """Say that the stream is over; open questions stay."""
        self._finished = True
        self._refresh()

    def set_start_time(self, start_time: datetime | None) -> None:
        """Write technical alarms with clock times; None: time since the session began."""
        self.technical_table.set_start_time(start_time)

    def _refresh(self) -> None:
        self.banner.show_sign(
            banner_sign(
                self._alarms,
                self._technical,
                self._arming_s,
                rearming=self._rearming,
                finished=self._finished,
                trained=self._trained,
            )
        )
        n_active = sum(alarm.active for alarm in self._technical)
        self._alarm_title.setText(texts.counted(texts.SEIZURE_ALARMS, len(self._alarms)))
        self._technical_title.setText(texts.counted(texts.TECHNICAL_ALARMS, n_active))
        self._refresh_buttons()

    def _refresh_buttons(self) -> None:
        chosen = self._selected()
        self.acknowledge_button.setEnabled(chosen is not None and not chosen.acknowledged)
        waiting = any(not alarm.acknowledged for alarm in self._alarms)
        self.acknowledge_all_button.setEnabled(waiting)

    def _selected(self) -> Alarm | None:
        rows = self.alarm_list.selectionModel().selectedRows()
        return self.alarm_table.alarm_at(rows[0].row()) if rows else None

    def _acknowledge_selected(self) -> None:
        chosen = self._selected()
        if chosen is not None:
            self.acknowledged.emit(chosen.alarm_id)


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "section")
    return label


def _list_of(model: QAbstractTableModel, widths: Sequence[int]) -> QTableView:
    """Return a list of whole rows; the last column takes the space that is left."""
    view = QTableView()
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    view.setWordWrap(False)
    view.setMinimumHeight(84)
    view.verticalHeader().setVisible(False)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setDefaultSectionSize(28)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    for column, width in enumerate(widths):
        view.setColumnWidth(column, width)
    return view
