"""Windows end in Qt's thread."""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget

__all__ = ["destroy"]


def destroy(window: QWidget) -> None:
    """Destroy a window and all in it at once; call it in Qt's thread.

    A window that is only closed lives on, its timers running, until Python's garbage collector
    finds it. That runs in whatever thread has just made an object, and timers that are destroyed
    in another thread than their own leave Qt with dangling pointers.
    """
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
