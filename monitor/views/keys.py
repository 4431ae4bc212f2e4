"""Every action of the window with its keys: one table that binds them and that F1 shows."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from monitor.views import texts

__all__ = ["KeyAction", "KeyHelp", "KeyTable"]


@dataclass(frozen=True, slots=True)
class KeyAction:
    """What one or more keys do.

    Attributes
    ----------
    group
        Heading in the list.
    keys
        As Qt writes them, such as ``Ctrl+T``.
    text
        What they do.
    """

    group: str
    keys: tuple[str, ...]
    text: str


class KeyTable:
    """The actions of a window.

    A letter that is typed into a text field goes there, not here: Qt asks the field first.

    Parameters
    ----------
    window
        Where the keys are heard.
    """

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._actions: list[KeyAction] = []

    @property
    def actions(self) -> tuple[KeyAction, ...]:
        """All actions in the order they were added."""
        return tuple(self._actions)

    def add(
        self, group: str, keys: str | tuple[str, ...], text: str, act: Callable[[], object]
    ) -> None:
        """Bind keys to an action and list it.

        Raises
        ------
        ValueError
            Where a key has an action already: Qt would then do neither.
        """
        every = (keys,) if isinstance(keys, str) else keys
        for key in every:
            if any(key in known.keys for known in self._actions):
                raise ValueError(f"{key} has two actions")
            QShortcut(QKeySequence(key), self._window).activated.connect(act)
        self._actions.append(KeyAction(group, every, text))


class KeyHelp(QDialog):
    """The list of keys; it holds nothing up.

    Parameters
    ----------
    table
        What to list.
    """

    def __init__(self, table: KeyTable, parent: QWidget) -> None:
        super().__init__(parent)
        # Keys go on to the monitor: F1 hides the list, and alarms can be answered meanwhile.
        self.setWindowFlags(Qt.WindowType.Tool | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(texts.KEYS_TITLE)
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 16, 24, 20)
        grid.setHorizontalSpacing(28)
        groups: dict[str, list[KeyAction]] = {}
        for action in table.actions:
            groups.setdefault(action.group, []).append(action)
        # Two columns, so that the list stays lower than a small screen.
        n_rows = len(table.actions) + len(groups)
        row = column = 0
        for group, actions in groups.items():
            if column == 0 and row + len(actions) / 2 > n_rows / 2:
                row, column = 0, 2
            heading = QLabel(group)
            heading.setProperty("role", "section")
            grid.addWidget(heading, row, column, 1, 2)
            row += 1
            for action in actions:
                keys = QLabel(texts.keys_text(action.keys))
                keys.setProperty("role", "detail")
                for place, label in enumerate((keys, QLabel(action.text))):
                    label.setTextFormat(Qt.TextFormat.PlainText)
                    grid.addWidget(label, row, column + place)
                row += 1
