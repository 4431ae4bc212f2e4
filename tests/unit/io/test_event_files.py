"""Event files, to the byte."""

from datetime import datetime

import pytest

from core.errors import RecordingError
from core.io.events import write_csv_bi, write_events_tsv
from core.types import Event

LATER = Event(2560, 5123, 0.987654)
EARLIER = Event(256, 1024, 1.0)
HEAD = "onset\tduration\teventType\tconfidence\tchannels\tdateTime\trecordingDuration\n"
CSV_HEAD = (
    "# version = csv_v1.0.0\n# bname = rec\n# duration = 60.5000 secs\n#\n"
    "channel,start_time,stop_time,label,confidence\n"
)


def test_tsv(tmp_path):
    path = tmp_path / "x_events.tsv"
    write_events_tsv(
        path, [LATER, EARLIER], 60.5, datetime.fromisoformat("2023-05-04 06:07:08.900")
    )
    assert path.read_bytes().decode() == (
        HEAD + "1.00\t3.00\tsz\t1.00\tn/a\t2023-05-04 06:07:08\t60.50\n"
        "10.00\t10.01\tsz\t0.99\tn/a\t2023-05-04 06:07:08\t60.50\n"
    )


def test_tsv_without_seizure_or_start_time(tmp_path):
    path = tmp_path / "x_events.tsv"
    write_events_tsv(path, [], 60.5, None)
    assert path.read_text() == HEAD + "0.00\t60.50\tbckg\tn/a\tn/a\t2000-01-01 00:00:00\t60.50\n"


def test_csv_bi(tmp_path):
    path = tmp_path / "x.csv_bi"
    write_csv_bi(path, [LATER, EARLIER], 60.5, "rec")
    assert path.read_bytes().decode() == (
        CSV_HEAD + "TERM,1.0000,4.0000,seiz,1.0000\nTERM,10.0000,20.0117,seiz,0.9877\n"
    )


def test_csv_bi_without_seizure_has_no_row(tmp_path):
    path = tmp_path / "x.csv_bi"
    write_csv_bi(path, [], 60.5, "rec")
    assert path.read_text() == CSV_HEAD


def test_files_are_replaced_whole(tmp_path, monkeypatch):
    path = tmp_path / "x.tsv"
    path.write_text("old")

    def fail(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(RecordingError, match=r"x\.tsv: cannot be written \(No space left"):
            write_events_tsv(path, [], 1.0, None)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.tsv"]
    write_events_tsv(path, [], 1.0, None)
    assert path.read_text().startswith("onset")
    assert [p.name for p in tmp_path.iterdir()] == ["x.tsv"]


def test_a_folder_that_is_not_there_is_an_error_in_one_line(tmp_path):
    with pytest.raises(RecordingError, match=r"x\.csv_bi: cannot be written"):
        write_csv_bi(tmp_path / "no" / "x.csv_bi", [], 1.0, "x")
