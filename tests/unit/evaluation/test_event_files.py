"""Events of the detector as files, to the byte."""

from datetime import datetime
from pathlib import Path

import pytest

from core.errors import VigilError
from core.evaluation import Span
from core.evaluation.annotations import annotate
from core.evaluation.csv_bi import format_csv_bi, read_csv_bi, write_csv_bi
from core.evaluation.szcore_tsv import format_szcore_tsv, read_szcore_tsv, write_szcore_tsv
from core.types import Event

LATER = Event(2560, 5123, 0.987654)
EARLIER = Event(256, 1024, 1.0)
HEAD = "onset\tduration\teventType\tconfidence\tchannels\tdateTime\trecordingDuration\n"
CSV_HEAD = (
    "# version = csv_v1.0.0\n# bname = rec\n# duration = 60.5000 secs\n#\n"
    "channel,start_time,stop_time,label,confidence\n"
)


def test_events_are_sorted_and_cut_at_the_end():
    past = Event(256 * 59, 256 * 61, 0.9)
    beyond = Event(256 * 61, 256 * 65, 0.9)
    spans = annotate([past, beyond, LATER, EARLIER], 60.5).spans
    assert spans[0] == Span(1.0, 4.0, "seiz", 1.0)
    assert [span.start_s for span in spans] == [1.0, 10.0, 59.0]
    assert spans[-1].stop_s == 60.5


def test_szcore_table():
    start_time = datetime.fromisoformat("2023-05-04 06:07:08.900")
    events = annotate([LATER, EARLIER], 60.5, start_time=start_time)
    assert format_szcore_tsv(events) == (
        HEAD + "1.00\t3.00\tsz\t1.00\tn/a\t2023-05-04 06:07:08\t60.50\n"
        "10.00\t10.01\tsz\t0.99\tn/a\t2023-05-04 06:07:08\t60.50\n"
    )


def test_szcore_table_without_seizure_or_start_time():
    text = format_szcore_tsv(annotate([], 60.5))
    assert text == HEAD + "0.00\t60.50\tbckg\tn/a\tn/a\t2000-01-01 00:00:00\t60.50\n"


def test_csv_bi():
    assert format_csv_bi(annotate([LATER, EARLIER], 60.5), "rec") == (
        CSV_HEAD + "TERM,1.0000,4.0000,seiz,1.0000\nTERM,10.0000,20.0117,seiz,0.9877\n"
    )


def test_csv_bi_without_seizure_has_no_row():
    assert format_csv_bi(annotate([], 60.5), "rec") == CSV_HEAD


WRITERS = [(write_szcore_tsv, read_szcore_tsv), (write_csv_bi, read_csv_bi)]


@pytest.mark.parametrize(("write", "read"), WRITERS)
def test_the_strict_readers_take_what_is_written(tmp_path: Path, write, read):
    path = tmp_path / "rec.x"
    write(annotate([LATER, EARLIER], 60.5), path)
    spans = read(path).spans
    assert [span.start_s for span in spans] == [1.0, 10.0]
    assert [span.stop_s for span in spans] == pytest.approx([4.0, 20.0117], abs=0.005)
    assert read(path).duration_s == 60.5
    assert b"\r" not in path.read_bytes()


@pytest.mark.parametrize(("write", "read"), WRITERS)
def test_files_are_replaced_whole(tmp_path: Path, monkeypatch, write, read):
    path = tmp_path / "x.tsv"
    path.write_text("old")

    def fail(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(VigilError, match=r"x\.tsv: cannot be written \(No space left"):
            write(annotate([], 1.0), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.tsv"]
    write(annotate([], 1.0), path)
    assert read(path).duration_s == 1.0
    assert [p.name for p in tmp_path.iterdir()] == ["x.tsv"]
