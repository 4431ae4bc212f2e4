"""The right-hand side: the banner, the sound, the lists of alarms and notes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from monitor.alarm import Alarm
from monitor.conditions import AlarmBoard, AlarmCondition
from monitor.orders import Acknowledge, AcknowledgeCondition, Note
from monitor.priority import AlarmKind
from monitor.views import texts, theme
from monitor.views.alarm_tables import (
    CHANNELS_COLUMN,
    AlarmTable,
    NoteTable,
    TechnicalTable,
    list_of,
)
from monitor.views.audio_bar import AudioBar
from monitor.views.banner import AlarmBanner, banner_sign, sign_of

__all__ = ["AlarmPanel"]

_SHORT_BANNER_PX = 46
_ROW_PX = 27
_WIDTH_PX = 440
"""Least width, with letters of normal size."""
_NOTE_LENGTH = 500


class AlarmPanel(QFrame):
    """Alarms, notes, and the buttons to answer with.

    The panel only asks: an alarm reads as acknowledged once :meth:`show_alarms` says so.

    Parameters
    ----------
    trained
        False: the banner never claims that there is no alarm.
    sfreq
        Rate that samples count in, Hz.
    """

    ordered = Signal(object)
    """An order of :mod:`monitor.orders`, without the name of who gives it."""

    def __init__(
        self,
        *,
        trained: bool = True,
        sfreq: float = 256.0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._sfreq = sfreq
        self._board = AlarmBoard()
        self._trained = trained
        self._arming_s = 0.0
        self._rearming = False
        self._finished = False
        self._now_sample = 0
        self._start_time: datetime | None = None

        self.banner = AlarmBanner()
        self.technical_banner = AlarmBanner(_SHORT_BANNER_PX)
        self.audio_bar = AudioBar()
        self._alarm_title = _section(texts.SEIZURE_ALARMS)
        self._technical_title = _section(texts.TECHNICAL_ALARMS)
        self._note_title = _section(texts.NOTES)
        self.alarm_table = AlarmTable(sfreq)
        self.technical_table = TechnicalTable(sfreq)
        self.note_table = NoteTable(sfreq)
        self.alarm_list = list_of(self.alarm_table, CHANNELS_COLUMN)
        self.technical_list = list_of(self.technical_table)
        self.note_list = list_of(self.note_table)
        self._widths = {
            self.alarm_list: (78, 90, 44, 66, 80, 46),
            self.technical_list: (78, 84),
            self.note_list: (78, 270),
        }
        self.acknowledge_button = QPushButton(texts.ACKNOWLEDGE)
        self.acknowledge_all_button = QPushButton(texts.ACKNOWLEDGE_ALL)
        self.event_button = QPushButton(texts.EVENT_BUTTON)
        self.note_field = QLineEdit()
        self.note_field.setPlaceholderText(texts.NOTE_PLACEHOLDER)
        self.note_field.setMaxLength(_NOTE_LENGTH)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._refresh_banners)
        self._timer.start()
        self._connect()
        self._lay_out()
        self._restyle()
        self._refresh()

    def _connect(self) -> None:
        self.audio_bar.ordered.connect(self.ordered)
        self.acknowledge_button.clicked.connect(self.acknowledge_selected)
        self.acknowledge_all_button.clicked.connect(lambda: self.ordered.emit(Acknowledge()))
        self.event_button.clicked.connect(lambda: self._note(texts.EVENT))
        for mine, other in (
            (self.alarm_list, self.technical_list),
            (self.technical_list, self.alarm_list),
        ):
            selection = mine.selectionModel()
            selection.selectionChanged.connect(lambda *_, m=mine, o=other: self._select(m, o))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.acknowledge_button, 1)
        buttons.addWidget(self.acknowledge_all_button, 1)
        notes = QHBoxLayout()
        notes.addWidget(self.event_button)
        notes.addWidget(self.note_field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(5)
        column.addWidget(self.banner)
        column.addWidget(self.audio_bar)
        column.addWidget(self._alarm_title)
        column.addWidget(self.alarm_list, 5)
        column.addLayout(buttons)
        column.addWidget(self._technical_title)
        column.addWidget(self.technical_banner)
        column.addWidget(self.technical_list, 2)
        column.addWidget(self._note_title)
        column.addWidget(self.note_list, 2)
        column.addLayout(notes)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._restyle()

    def _restyle(self) -> None:
        """Take the theme's font sizes."""
        scale = theme.FONT_TEXT_PX / 14
        self.setMinimumWidth(round(_WIDTH_PX * scale))
        row_px = round(_ROW_PX * scale)
        for view, widths in self._widths.items():
            for column, width in enumerate(widths):
                view.setColumnWidth(column, round(width * scale))
        for view, n_rows in ((self.alarm_list, 2), (self.technical_list, 1), (self.note_list, 1)):
            view.verticalHeader().setDefaultSectionSize(row_px)
            view.setMinimumHeight(row_px * n_rows + 30)

    def show_board(self, board: AlarmBoard) -> None:
        """Show all conditions, and whether they can be heard."""
        self._board = board
        burdens = (AlarmKind.STATUS, AlarmKind.BURDEN)
        self.alarm_table.show_conditions([c for c in board.conditions if c.kind in burdens])
        self.technical_table.show(self._technical())
        self.audio_bar.show_audio(board.audio)
        self._refresh()

    def show_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Show all seizure alarms of the session, given in the order they were raised."""
        self.alarm_table.show(alarms)
        self._refresh()

    def show_unexplained(self) -> None:
        """Say that no more will be known of what alarms went back to."""
        self.alarm_table.show_unexplained()

    def show_note(self, note: Note) -> None:
        """Show an event or note that has been logged."""
        self.note_table.add(note)
        self._note_title.setText(texts.counted(texts.NOTES, self.note_table.rowCount()))

    def show_arming(self, seconds_left: float, *, rearming: bool = False) -> None:
        """Say how long no seizure can be detected; 0: detection is at work."""
        self._arming_s = max(0.0, seconds_left)
        self._rearming = rearming
        self._refresh()

    def show_now(self, sample: int) -> None:
        """Take the newest sample: times count up with it, once a second."""
        whole_s = int(sample / self._sfreq)
        if whole_s != int(self._now_sample / self._sfreq):
            self._now_sample = sample
            self._refresh_banners()
        self._now_sample = sample

    def show_finished(self) -> None:
        """Say that the stream is over; open questions stay."""
        self._finished = True
        self._refresh()

    def set_start_time(self, start_time: datetime | None) -> None:
        """Write clock times; None: time since the session began."""
        self._start_time = start_time
        for table in (self.alarm_table, self.technical_table, self.note_table):
            table.set_start_time(start_time)
        self._refresh()

    def go_to(self, view: QTableView) -> None:
        """Let the arrow keys choose in a list, from its first row on."""
        view.setFocus()
        if not view.selectionModel().hasSelection():
            view.selectRow(0)

    def enter(self) -> None:
        """Do what Enter means here: keep the note that is being written, else acknowledge."""
        if self.note_field.hasFocus():
            self._keep_note()
        else:
            self.acknowledge_button.click()

    def acknowledge_selected(self) -> None:
        """Ask for the acknowledgement of what is selected."""
        chosen = self._selected()
        if isinstance(chosen, Alarm):
            self.ordered.emit(Acknowledge((chosen.alarm_id,)))
        elif chosen is not None:
            self.ordered.emit(AcknowledgeCondition(chosen.key))

    def _technical(self) -> tuple[AlarmCondition, ...]:
        return tuple(c for c in self._board.conditions if c.kind is AlarmKind.TECHNICAL)

    def _refresh(self) -> None:
        self._refresh_banners()
        n_active = sum(condition.active for condition in self._technical())
        n_alarms = self.alarm_table.rowCount()
        self._alarm_title.setText(texts.counted(texts.SEIZURE_ALARMS, n_alarms))
        self._technical_title.setText(texts.counted(texts.TECHNICAL_ALARMS, n_active))
        self._refresh_buttons()

    def _refresh_banners(self) -> None:
        self.banner.show_sign(
            banner_sign(
                self._board,
                self._arming_s,
                now_sample=self._now_sample,
                now_s=monotonic(),
                start_time=self._start_time,
                rearming=self._rearming,
                finished=self._finished,
                trained=self._trained,
            )
        )
        # The gravest fault has a sign of its own where a seizure has the large one.
        hidden = [c for c in self._technical() if c is not self._board.conditions[0]]
        self.technical_banner.setVisible(bool(hidden))
        if hidden:
            sign = sign_of(hidden[0])
            self.technical_banner.show_sign(replace(sign, title=hidden[0].text, detail=""))

    def _refresh_buttons(self) -> None:
        chosen = self._selected()
        self.acknowledge_button.setEnabled(chosen is not None and not chosen.acknowledged)
        waiting = any(
            c.active or c.is_latched for c in self._board.conditions if not c.acknowledged
        )
        self.acknowledge_all_button.setEnabled(waiting)

    def _selected(self) -> Alarm | AlarmCondition | None:
        rows = self.alarm_list.selectionModel().selectedRows()
        if rows:
            return self.alarm_table.row_at(rows[0].row())
        rows = self.technical_list.selectionModel().selectedRows()
        return self.technical_table.row_at(rows[0].row()) if rows else None

    def _select(self, mine: QTableView, other: QTableView) -> None:
        """Let go of the other list's selection: one answer, one alarm."""
        if mine.selectionModel().hasSelection() and other.selectionModel().hasSelection():
            other.clearSelection()
        self._refresh_buttons()

    def _keep_note(self) -> None:
        text = self.note_field.text().strip()
        if text:
            self._note(text)
        self.note_field.clear()
        self.window().setFocus()

    def _note(self, text: str) -> None:
        self.ordered.emit(Note(self._now_sample, text, datetime.now(UTC)))


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "section")
    return label
