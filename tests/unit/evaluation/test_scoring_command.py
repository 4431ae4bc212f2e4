import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from core.errors import VigilError
from core.evaluation import Annotations, Span
from core.evaluation.csv_bi import write_csv_bi
from monitor.scoring_command import score

APP = Typer()
APP.command()(score)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    for side, stop_s in (("ref", 20.0), ("hyp", 15.0)):
        (tmp_path / side).mkdir()
        annotations = Annotations(600.0, (Span(10.0, stop_s),))
        write_csv_bi(annotations, tmp_path / side / "a.csv_bi")
    return str(tmp_path / "ref"), str(tmp_path / "hyp")


def test_table_begins_with_the_seizures(files: tuple[str, str]) -> None:
    ref, hyp = files
    result = CliRunner().invoke(APP, ["--ref", ref, "--hyp", hyp], catch_exceptions=False)
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[1].split()[:6] == ["TAES", "0.50", "0.50", "0.00", "2.00", "0.5000"]
    names = [line.split()[0] for line in lines[:-1]]
    nedc = ["TAES", "OVLP", "EPOCH", "DPALIGN"]
    assert names == ["seiz", *nedc, "SzCORE", "SzCORE", "IRA", "bckg", *nedc]
    assert lines[-1].startswith("1 file, 0.167 h")


def test_json_is_printed_in_full_precision(files: tuple[str, str]) -> None:
    ref, hyp = files
    result = CliRunner().invoke(APP, ["--ref", ref, "--hyp", hyp, "--json"], catch_exceptions=False)
    values = json.loads(result.stdout)
    assert values["duration_s"] == 600.0
    assert values["TAES"]["seiz"]["sensitivity"] == 0.5


def test_errors_are_left_to_the_program(files: tuple[str, str]) -> None:
    result = CliRunner().invoke(APP, ["--ref", files[0], "--hyp", "nowhere"])
    assert isinstance(result.exception, VigilError)
