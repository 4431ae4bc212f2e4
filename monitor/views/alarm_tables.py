"""Table models of seizure and technical alarms; thousands of rows cost nothing until seen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from monitor.alarm import Alarm, AlarmState, TechnicalAlarm
from monitor.views import texts, theme

__all__ = ["AlarmTable", "TechnicalTable"]

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ROOT = QModelIndex()
MAX_TECHNICAL = 500


class _Table(QAbstractTableModel):
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


class AlarmTable(_Table):
    """Seizure alarms, the newest on top."""

    columns = texts.ALARM_COLUMNS

    def __init__(self) -> None:
        super().__init__()
        self._alarms: tuple[Alarm, ...] = ()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._alarms)

    def alarm_at(self, row: int) -> Alarm:
        return self._alarms[len(self._alarms) - 1 - row]

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
        if n_added:
            self.beginInsertRows(ROOT, 0, n_added - 1)
            self._alarms = fresh
            self.endInsertRows()
        self._alarms = fresh
        changed = [i for i in range(n_known) if known[i] is not fresh[i] and known[i] != fresh[i]]
        if changed:
            last = len(fresh) - 1
            self.dataChanged.emit(
                self.index(last - changed[-1], 0),
                self.index(last - changed[0], len(self.columns) - 1),
            )

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        alarm = self.alarm_at(index.row())
        if role == Role.DisplayRole:
            return _cells(alarm)[index.column()]
        if role == Role.ForegroundRole:
            gone = alarm.state is AlarmState.RETRACTED
            return QColor(theme.TEXT_DIM if gone and alarm.acknowledged else theme.TEXT)
        if role == Role.BackgroundRole and alarm.is_open:
            return QColor(theme.ALARM_DIM)
        if role == Role.FontRole and not alarm.acknowledged:
            return _bold()
        return None


def _cells(alarm: Alarm) -> tuple[str, ...]:
    return (
        texts.moment_text(alarm.onset_s, alarm.start_time),
        texts.duration_text(alarm.duration_s),
        f"{alarm.peak:.2f}",
        texts.ALARM_STATES[alarm.state],
        texts.ACKNOWLEDGED if alarm.acknowledged else texts.NOT_ACKNOWLEDGED,
    )


class TechnicalTable(_Table):
    """Technical alarms: active ones on top, then the cleared ones, the newest first.

    Parameters
    ----------
    sfreq
        Rate that the alarms' samples count in, Hz.
    """

    columns = texts.TECHNICAL_COLUMNS

    def __init__(self, sfreq: float = 256.0) -> None:
        super().__init__()
        self._sfreq = sfreq
        self._start_time: datetime | None = None
        self._alarms: tuple[TechnicalAlarm, ...] = ()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._alarms)

    def set_start_time(self, start_time: datetime | None) -> None:
        self.beginResetModel()
        self._start_time = start_time
        self.endResetModel()

    def show(self, alarms: Sequence[TechnicalAlarm]) -> None:
        """Replace the alarms; beyond some hundreds, the oldest cleared ones are left out."""
        order = sorted(alarms, key=lambda alarm: (not alarm.active, -alarm.sample))
        self.beginResetModel()
        self._alarms = tuple(order[:MAX_TECHNICAL])
        self.endResetModel()

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        alarm = self._alarms[index.row()]
        if role == Role.DisplayRole:
            moment = texts.moment_text(alarm.sample / self._sfreq, self._start_time)
            state = f"!! {texts.ACTIVE}" if alarm.active else texts.CLEARED
            return (moment, state, alarm.text)[index.column()]
        if role == Role.ToolTipRole:
            return alarm.text
        if role == Role.ForegroundRole:
            return QColor(theme.CAUTION if alarm.active else theme.TEXT_DIM)
        if role == Role.FontRole and alarm.active:
            return _bold()
        return None


def _bold() -> QFont:
    font = QFont()
    font.setPixelSize(theme.FONT_LABEL_PX)
    font.setBold(True)
    return font
