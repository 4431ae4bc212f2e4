from datetime import datetime
from pathlib import Path

import pytest

from core.errors import VigilError
from core.evaluation import Annotations, Span
from core.evaluation.szcore_tsv import (
    COLUMNS,
    format_szcore_tsv,
    parse_szcore_tsv,
    read_szcore_tsv,
    write_szcore_tsv,
)

HEADER = "\t".join(COLUMNS) + "\n"
START = datetime.fromisoformat("2020-02-03 04:05:06")
DATE = "2000-01-01 00:00:00"


def row(*changes: tuple[str, str]) -> str:
    fields = dict(zip(COLUMNS, ("1", "2", "sz", "n/a", "n/a", DATE, "60.00"), strict=True))
    return "\t".join((fields | dict(changes)).values()) + "\n"


def test_seizures_of_every_type_are_read() -> None:
    text = HEADER + row(("eventType", "sz_foc_ia"), ("confidence", "0.5")) + row(("onset", "20.1"))
    read = parse_szcore_tsv(text)
    focal = Span(1.0, 3.0, "seiz", 0.5, event_type="sz_foc_ia")
    assert read.spans == (focal, Span(20.1, 22.1))
    assert read.duration_s == 60.0
    assert read.start_time == datetime.fromisoformat("2000-01-01 00:00:00")


def test_background_rows_carry_only_the_duration() -> None:
    read = parse_szcore_tsv(HEADER + row(("eventType", "bckg"), ("dateTime", "n/a")))
    assert read.spans == ()
    assert read.start_time is None


def test_stop_is_free_of_binary_dust() -> None:
    assert 10.1 + 20.2 != 30.3
    text = HEADER + row(("onset", "10.1"), ("duration", "20.2"))
    assert parse_szcore_tsv(text.replace("\n", "\r\n")).spans[0].stop_s == 30.3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f: empty, must begin with the columns onset duration"),
        (HEADER, "f: no row, so no recordingDuration"),
        (row(), "f, line 1: columns must be onset duration"),
        ("onset\tduration\n", "f, line 1: columns must be onset duration"),
        (HEADER + "1\t2\tsz\n", "f, line 2: 3 columns, must be 7"),
        (HEADER + row(("onset", "n/a")), "f, line 2: onset is not a finite number ('n/a')"),
        (HEADER + row(("duration", "nan")), "f, line 2: duration is not a finite number ('nan')"),
        (HEADER + row(("duration", "-1")), "f, line 2: duration is -1.0 s, must not be negative"),
        (HEADER + row(("onset", "-1")), "f, line 2: start is -1.0 s, must not be negative"),
        (HEADER + row(("eventType", "seiz")), "f, line 2: eventType 'seiz' is not bckg, sz or"),
        (HEADER + row(("confidence", "2")), "f, line 2: confidence is 2.0, must be from 0 to 1"),
        (HEADER + row(("dateTime", "today")), "f, line 2: dateTime 'today' is neither n/a nor"),
        (HEADER + row(("recordingDuration", "n/a")), "f, line 2: recordingDuration is not a"),
        (HEADER + row(("recordingDuration", "0")), "f, line 2: duration is 0.0 s, must be"),
        (
            HEADER + row() + row(("recordingDuration", "61")),
            "f, line 3: recordingDuration is 61.0 s after 60.0 s",
        ),
    ],
)
def test_bad_text_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(VigilError) as caught:
        parse_szcore_tsv(text, "f")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_written_table_reads_back(tmp_path: Path) -> None:
    spans = (Span(1.25, 4.5, "seiz", 0.75), Span(10.0, 20.0))
    path = tmp_path / "a_events.tsv"
    write_szcore_tsv(Annotations(60.0, spans, start_time=START), path)
    read = read_szcore_tsv(path)
    assert (read.spans, read.duration_s) == (spans, 60.0)
    assert read.start_time == START


def test_recording_without_seizures_has_one_background_row() -> None:
    text = format_szcore_tsv(Annotations(60.0, (Span(0.0, 60.0, "bckg"),)))
    assert text == HEADER + f"0.00\t60.00\tbckg\tn/a\tn/a\t{DATE}\t60.00\n"


def test_onset_and_duration_add_up_to_the_rounded_stop() -> None:
    text = format_szcore_tsv(Annotations(60.0, (Span(1.004, 2.006),)))
    assert text.splitlines()[1].startswith("1.00\t1.01\tsz\t")


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VigilError, match="cannot be written"):
        write_szcore_tsv(Annotations(1.0), tmp_path / "nowhere" / "a.tsv")
