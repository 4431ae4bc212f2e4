"""Tables of alarms and notes; thousands of rows cost nothing until they are seen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from monitor.alarm import Alarm, AlarmState
from monitor.conditions import AlarmCondition
from monitor.orders import Note
from monitor.priority import Priority
from monitor.views import texts, theme
from monitor.views.condition_words import technical_state

__all__ = [
    "CHANNELS_COLUMN",
    "AlarmTable",
    "NoteTable",
    "PlainTable",
    "TechnicalTable",
    "list_of",
]

CHANNELS_COLUMN = 3
"""Of the seizure alarms: the wide one."""

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ROOT = QModelIndex()


class PlainTable(QAbstractTableModel):
    """A read-only table with titled columns."""

    columns: tuple[str, ...] = ()

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return self.columns[section]
        if orientation is Qt.Orientation.Horizontal and role == Role.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


class AlarmTable(PlainTable):
    """What concerns the patient: status and burden, then the seizures, the newest on top.

    Parameters
    ----------
    sfreq
        Rate that the conditions' samples count in, Hz.
    """

    columns = texts.ALARM_COLUMNS

    def __init__(self, sfreq: float = 256.0) -> None:
        super().__init__()
        self._sfreq = sfreq
        self._explains = True
        self._start_time: datetime | None = None
        self._alarms: tuple[Alarm, ...] = ()
        self._conditions: tuple[AlarmCondition, ...] = ()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._conditions) + len(self._alarms)

    def set_start_time(self, start_time: datetime | None) -> None:
        """Write status and burden with clock times; alarms know their own."""
        self._start_time = start_time

    def show_unexplained(self) -> None:
        """Say of each alarm that is not explained yet, and of all to come, that it will not be."""
        self._explains = False
        if self._alarms:
            first = len(self._conditions)
            self.dataChanged.emit(
                self.index(first, CHANNELS_COLUMN),
                self.index(self.rowCount() - 1, CHANNELS_COLUMN),
            )

    def row_at(self, row: int) -> Alarm | AlarmCondition:
        """Return what stands in a row."""
        if row < len(self._conditions):
            return self._conditions[row]
        return self._alarms[len(self._alarms) - 1 - (row - len(self._conditions))]

    def show_conditions(self, conditions: Sequence[AlarmCondition]) -> None:
        """Replace status and burden."""
        fresh, known = tuple(conditions), self._conditions
        if [c.key for c in fresh] != [c.key for c in known]:
            self.beginResetModel()
            self._conditions = fresh
            self.endResetModel()
        elif fresh != known:
            self._conditions = fresh
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(fresh) - 1, len(self.columns) - 1)
            )

    def show(self, alarms: Sequence[Alarm]) -> None:
        """Replace the alarms, given in the order they were raised.

        Rows that stay keep their place in the view, and with it their selection.
        """
        fresh, known = tuple(alarms), self._alarms
        n_known, n_added = len(known), len(fresh) - len(known)
        same = n_added >= 0 and all(
            old.alarm_id == new.alarm_id for old, new in zip(known, fresh, strict=False)
        )
        if not same:
            self.beginResetModel()
            self._alarms = fresh
            self.endResetModel()
            return
        top = len(self._conditions)
        if n_added:
            self.beginInsertRows(ROOT, top, top + n_added - 1)
            self._alarms = fresh
            self.endInsertRows()
        self._alarms = fresh
        changed = [i for i in range(n_known) if known[i] is not fresh[i] and known[i] != fresh[i]]
        if changed:
            last = top + len(fresh) - 1
            self.dataChanged.emit(
                self.index(last - changed[-1], 0),
                self.index(last - changed[0], len(self.columns) - 1),
            )

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.row_at(index.row())
        if role == Role.DisplayRole:
            cells = self._cells(row) if isinstance(row, Alarm) else self._condition_cells(row)
            return cells[index.column()]
        if role == Role.ToolTipRole:
            if isinstance(row, Alarm):
                return texts.channels_tip(row.attribution, explains=self._explains)
            return row.text
        if role == Role.FontRole and index.column() == CHANNELS_COLUMN:
            return None  # what it used calls nobody, and needs the room
        return _look(row, role)

    def _cells(self, alarm: Alarm) -> tuple[str, ...]:
        return (
            texts.moment_text(alarm.onset_s, alarm.start_time),
            texts.duration_text(alarm.duration_s),
            f"{alarm.peak:.2f}",
            texts.channels_text(alarm.attribution, explains=self._explains),
            texts.ALARM_STATES[alarm.state],
            texts.ACKNOWLEDGED if alarm.acknowledged else texts.NOT_ACKNOWLEDGED,
        )

    def _condition_cells(self, condition: AlarmCondition) -> tuple[str, ...]:
        return (
            texts.moment_text(condition.onset_sample / self._sfreq, self._start_time),
            texts.CONDITION_SHORT[condition.kind],
            "",
            texts.ALL_CHANNELS,
            texts.ACTIVE if condition.active else texts.LATCHED,
            texts.ACKNOWLEDGED if condition.acknowledged else texts.NOT_ACKNOWLEDGED,
        )


def _look(row: Alarm | AlarmCondition, role: int) -> Any:
    """Return the colours and letters of a row: what goes on has a ground, what waits is bold."""
    ongoing = row.is_open if isinstance(row, Alarm) else row.active
    if role == Role.BackgroundRole and ongoing:
        is_warning = isinstance(row, AlarmCondition) and row.priority < Priority.HIGH
        return QColor(theme.CAUTION_DIM if is_warning else theme.ALARM_DIM)
    if role == Role.FontRole and not row.acknowledged:
        return _bold()
    gone = isinstance(row, Alarm) and row.state is AlarmState.RETRACTED
    if role == Role.ForegroundRole:
        return QColor(theme.TEXT_DIM if gone and row.acknowledged else theme.TEXT)
    return None


class TechnicalTable(PlainTable):
    """Technical conditions, the gravest first; what has just cleared stands below for a while.

    Parameters
    ----------
    sfreq
        Rate that the conditions' samples count in, Hz.
    """

    columns = texts.TECHNICAL_COLUMNS

    def __init__(self, sfreq: float = 256.0) -> None:
        super().__init__()
        self._sfreq = sfreq
        self._start_time: datetime | None = None
        self._conditions: tuple[AlarmCondition, ...] = ()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._conditions)

    def set_start_time(self, start_time: datetime | None) -> None:
        self.beginResetModel()
        self._start_time = start_time
        self.endResetModel()

    def row_at(self, row: int) -> AlarmCondition:
        return self._conditions[row]

    def show(self, conditions: Sequence[AlarmCondition]) -> None:
        """Replace the conditions; rows keep their selection while the same ones stand."""
        fresh, known = tuple(conditions), self._conditions
        if fresh == known:
            return
        if [c.key for c in fresh] == [c.key for c in known]:
            self._conditions = fresh
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(fresh) - 1, len(self.columns) - 1)
            )
            return
        self.beginResetModel()
        self._conditions = fresh
        self.endResetModel()

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        condition = self._conditions[index.row()]
        if role == Role.DisplayRole:
            moment = texts.moment_text(condition.onset_sample / self._sfreq, self._start_time)
            return (moment, technical_state(condition), condition.text)[index.column()]
        if role == Role.ToolTipRole:
            return condition.text
        if role == Role.ForegroundRole and not condition.active:
            return QColor(theme.TEXT_DIM)
        if role == Role.FontRole and condition.calls:
            return _bold()
        return None


class NoteTable(PlainTable):
    """Events and notes, the newest on top."""

    columns = texts.NOTE_COLUMNS

    def __init__(self, sfreq: float = 256.0) -> None:
        super().__init__()
        self._sfreq = sfreq
        self._start_time: datetime | None = None
        self._notes: list[Note] = []

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._notes)

    def set_start_time(self, start_time: datetime | None) -> None:
        self.beginResetModel()
        self._start_time = start_time
        self.endResetModel()

    def add(self, note: Note) -> None:
        """Append one; those that are shown stay where they are."""
        self.beginInsertRows(ROOT, 0, 0)
        self._notes.append(note)
        self.endInsertRows()

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        note = self._notes[-1 - index.row()]
        if role == Role.DisplayRole:
            moment = texts.moment_text(note.sample / self._sfreq, self._start_time)
            return (moment, note.text, note.who)[index.column()]
        if role == Role.ToolTipRole:
            return note.text
        return None


def _bold() -> QFont:
    font = QFont()
    font.setPixelSize(theme.FONT_TEXT_PX)
    font.setBold(True)
    return font


def list_of(model: QAbstractTableModel, wide: int | None = None) -> QTableView:
    """Return a list of whole rows; one column, or the last, takes the space that is left."""
    view = QTableView()
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.verticalHeader().setVisible(False)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(wide is None)
    if wide is not None:
        header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
    return view
