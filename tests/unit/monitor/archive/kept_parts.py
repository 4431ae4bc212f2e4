"""Files of EEG that keep what they told."""

from core.config import RecordingSettings
from monitor.archive.eeg_parts import EegParts
from monitor.archive.part_file import PartClosed
from tests.recorded_eeg import chunks, read_with, stream


class Kept(EegParts):
    """With what it told."""

    def __init__(self, folder, info, *, first_part=1, free=lambda _: 1e12, **values):
        self.told = []
        super().__init__(
            folder,
            info,
            run=1,
            first_part=first_part,
            settings=RecordingSettings(**values),
            tell=self.told.append,
            free=free,
        )

    def take(self, *pieces, size=100):
        """Push ``(start, data)`` in chunks."""
        for start, data in pieces:
            for chunk in chunks(data, start, size):
                self.push(chunk)

    @property
    def closed(self):
        return [message.part for message in self.told if isinstance(message, PartClosed)]


def record(folder, pieces, info=None, size=100, **values):
    parts = Kept(folder, info or stream(pieces[0][1].shape[0]), **values)
    parts.take(*pieces, size=size)
    parts.close()
    return parts


def texts(path, reader="edfio"):
    return [
        (onset, duration, text) for onset, duration, text in read_with(reader, path).annotations
    ]
