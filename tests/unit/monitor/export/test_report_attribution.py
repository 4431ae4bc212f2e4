"""The report shows what the network used, on a map and in words, and says where it does not."""

import re
from datetime import timedelta

import pytest

from core.electrodes import ELECTRODES
from monitor.archive.record import SessionRecord
from monitor.export.deidentifying import Deidentified
from monitor.export.report import write_report
from monitor.export.report_attribution import attribution_pieces, used_text
from monitor.export.scalp_svg import scalp_svg
from tests.session_folders import PATIENT, RunOf, Told, attribution, make_session


@pytest.fixture
def record(tmp_path):
    alarms = (
        Told(20.0, 40.0, used=("T3", "F7")),
        Told(60, 70, unexplained=f"/data/{PATIENT}/w.safetensors: <gone>"),
        Told(80, 84),
    )
    return SessionRecord(make_session(tmp_path / "s", [RunOf(alarms=alarms)]))


def test_each_alarm_that_was_explained_has_a_map(record):
    text = "\n".join(attribution_pieces(record))
    assert text.count("<svg ") == 1
    assert text.count("<figure>") == 2
    assert "Alarm 1, 2026-03-14 22:58:50: T3 F7 \u00b7 left temporal \u00b7 4.5 Hz" in text
    assert "not explained: " in text
    assert "&lt;gone&gt;" in text
    assert [used_text(alarm) for alarm in record.alarms][2] == ""


def test_the_report_has_the_words_below_the_eeg_too(record, tmp_path):
    write_report(record, tmp_path / "r.html", lambda _: None)
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert '<h2 id="used">' in text
    assert len(re.findall(r"<figcaption>20.0 s from .*T3 F7 \u00b7 left temporal", text)) == 1


def test_no_name_remains_in_a_reason(record):
    shown = "\n".join(attribution_pieces(Deidentified(record, timedelta(days=400))))
    assert PATIENT not in shown
    assert "T3 F7 \u00b7 left temporal" in shown


def test_a_session_without_any(tmp_path):
    record = SessionRecord(make_session(tmp_path / "s"))
    assert list(attribution_pieces(record)) == ["<p>No alarm was explained.</p>"]


def test_the_map_names_all_electrodes_and_marks_the_dominant_ones():
    found = attribution(1, ("T3", "F7"))
    svg = scalp_svg(found.shares, found.channels, 'a "map"')
    assert re.findall(r">(\w+)</text>", svg) == list(ELECTRODES)
    assert re.findall(r'font-weight="bold">(\w+)<', svg) == ["F7", "T3"]
    assert svg.count("stroke-dasharray") == 1  # O2 is not known
    assert 'aria-label="a &quot;map&quot;"' in svg
    fills = re.findall(r'r="13.5" fill="#(\w{6})"', svg)
    assert fills[ELECTRODES.index("T3")] == "e69f00"
    assert fills[ELECTRODES.index("Fp1")] == "ffffff"  # it spoke against
