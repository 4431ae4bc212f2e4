from pathlib import Path

import pytest

from core.errors import VigilError
from core.evaluation import Annotations, Span
from core.evaluation.csv_bi import format_csv_bi, parse_csv_bi, read_csv_bi, write_csv_bi

HEADER = "# version = csv_v1.0.0\n# duration = 100.0000 secs\n#\n"
COLUMNS = "channel,start_time,stop_time,label,confidence\n"


def test_rows_of_the_whole_recording_are_events() -> None:
    text = HEADER + COLUMNS + "TERM,1.5,2.25,seiz,0.5\nFP1-F7,1.0,2.0,seiz,1.0\n"
    read = parse_csv_bi(text)
    assert read.duration_s == 100.0
    assert read.spans == (Span(1.5, 2.25, "seiz", 0.5),)


def test_blanks_returns_and_a_missing_column_line_do_not_matter() -> None:
    text = (HEADER + "\n TERM, 1.5 ,2.25,\tseiz, 1\n").replace("\n", "\r\n")
    assert parse_csv_bi(text).spans == (Span(1.5, 2.25, "seiz", 1.0),)


def test_unit_of_the_duration_may_be_missing() -> None:
    assert parse_csv_bi("# version = csv_v1.0.0\n# duration = 7\n").duration_s == 7.0


def test_file_without_rows_has_no_events() -> None:
    assert parse_csv_bi(HEADER + COLUMNS).spans == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f: no '# version = csv_v1.0.0' line"),
        ("# duration = 5 secs\n", "f: no '# version = csv_v1.0.0' line"),
        (" # version = csv_v1.0.0\n# duration = 5 secs\n", "f, line 1: 1 columns"),
        ("# version = csv_v2.0.0\n", "f, line 1: version is 'csv_v2.0.0', must be csv_v1.0.0"),
        ("# version = csv_v1.0.0\n", "f: no '# duration = ... secs' line"),
        ("# version = csv_v1.0.0\n# duration =\n", "f, line 2: the duration is empty"),
        ("# duration = 345.0secs\n", "f, line 1: duration is not a finite number ('345.0secs')"),
        ("# duration = nan secs\n", "f, line 1: duration is not a finite number ('nan')"),
        ("# duration = 0 secs\n", "f, line 1: duration is 0.0 s, must be at least 0.0001 s"),
        ("# duration = 1e9 secs\n", "f, line 1: duration is 1000000000.0 s, must be at most"),
        (HEADER + "# duration = 5 secs\n", "f, line 4: a second duration line"),
        (HEADER + "# version = csv_v1.0.0\n", "f, line 4: a second version line"),
        (HEADER + "TERM,1,2,seiz\n", "f, line 4: 4 columns, must be 5"),
        (HEADER + "TERM,1,2,seiz,1,1\n", "f, line 4: 6 columns, must be 5"),
        (HEADER + "TERM,x,2,seiz,1\n", "f, line 4: start_time is not a finite number ('x')"),
        (HEADER + "TERM,1,inf,seiz,1\n", "f, line 4: stop_time is not a finite number ('inf')"),
        (HEADER + "TERM,1,1_0,seiz,1\n", "f, line 4: stop_time is not a finite number ('1_0')"),
        (HEADER + "TERM,1,2,seiz,high\n", "f, line 4: confidence is not a finite number"),
        (HEADER + "TERM,-1,2,seiz,1\n", "f, line 4: start is -1.0 s, must not be negative"),
        (HEADER + "TERM,1,1e9,seiz,1\n", "f, line 4: stop is 1000000000.0 s, must be at most"),
        (HEADER + "TERM,3,2,seiz,1\n", "f, line 4: stop 2.0 s is before start 3.0 s"),
        (HEADER + "TERM,1,2,SEIZ,1\n", "f, line 4: label 'SEIZ' is not one of seiz, bckg"),
        (HEADER + COLUMNS + "FP1-F7,1,2,fnsz,1\n", "f, line 5: label 'fnsz' is not one of"),
    ],
)
def test_bad_text_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(VigilError) as caught:
        parse_csv_bi(text, "f")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_written_file_reads_back(tmp_path: Path) -> None:
    spans = (Span(0.0, 3.0, "bckg", 1.0), Span(3.0, 9.1234, "seiz", 0.4217))
    path = tmp_path / "a.csv_bi"
    write_csv_bi(Annotations(12.5, spans), path)
    assert path.read_text().splitlines()[1] == "# bname = a"
    read = read_csv_bi(path)
    assert (read.duration_s, read.spans, read.name) == (12.5, spans, str(path))


def test_event_of_unknown_confidence_is_written_as_certain() -> None:
    assert "TERM,1.0000,2.0000,seiz,1.0000\n" in format_csv_bi(
        Annotations(9.0, (Span(1.0, 2.0),)), "x"
    )


def test_files_that_cannot_be_opened_or_decoded(tmp_path: Path) -> None:
    with pytest.raises(VigilError, match="cannot be read"):
        read_csv_bi(tmp_path / "missing.csv_bi")
    (tmp_path / "latin.csv_bi").write_bytes(b"# caf\xe9\n")
    with pytest.raises(VigilError, match="not UTF-8 text"):
        read_csv_bi(tmp_path / "latin.csv_bi")
    with pytest.raises(VigilError, match="cannot be written"):
        write_csv_bi(Annotations(1.0), tmp_path / "nowhere" / "a.csv_bi")
