"""The report stands alone, says everything, reads well without eyes, and stays small."""

import base64
import dataclasses
import re
from datetime import timedelta
from html.parser import HTMLParser

import numpy as np
import pytest

from core.electrodes import ELECTRODES
from core.types import Chunk
from monitor.alarm import AlarmState
from monitor.archive.history import Finding
from monitor.archive.record import SessionRecord
from monitor.export.deidentifying import Deidentified
from monitor.export.excerpt import read_excerpt
from monitor.export.material import start_time
from monitor.export.overview import highest_share, measure_burden
from monitor.export.report import NOTICE, UNTRAINED, write_report
from monitor.export.report_tables import (
    MOST_ROWS,
    agreement_table,
    alarm_table,
    delay_table,
)
from tests.session_folders import (
    FIRST,
    NURSE,
    PATIENT,
    SECOND,
    RunOf,
    Told,
    make_session,
    verdict,
)

YES, NO = Finding.SEIZURE, Finding.NO_SEIZURE
VERDICTS = [
    verdict("alarm 1", YES, FIRST),
    verdict("alarm 1", YES, SECOND),
    verdict("alarm 2", NO, FIRST, (80, 84)),
    verdict("alarm 2", YES, SECOND, (80, 84)),
    verdict("alarm 3", NO, FIRST, (180, 190)),
    verdict("alarm 3", NO, SECOND, (180, 190)),
    verdict("missed 1", YES, SECOND, (100, 110)),
]
RUNS = [RunOf(ended=False), RunOf(offset_s=150.0)]


class Structure(HTMLParser):
    """Collects what a reader, or a screen reader, gets."""

    VOID = ("meta", "img", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.alts, self.headings, self.links, self.anchors = [], [], [], []
        self.captions, self.sources, self.text = 0, [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "img":
            self.alts.append(values["alt"])
            self.sources.append(values["src"])
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self.links.append(values["href"])
        if "id" in values:
            self.anchors.append(values["id"])
        self.captions += tag == "caption"
        assert tag not in ("script", "link", "iframe")
        assert not any(name.startswith("on") for name in values)
        if tag == "th":
            assert values["scope"] == "col"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data + " "


def report(material, path, **options):
    shares = []
    write_report(material, path, shares.append, **options)
    assert shares[-1] == 1.0
    return path.read_text(encoding="utf-8")


def test_the_report_holds_everything_and_needs_nothing_else(tmp_path) -> None:
    folder = make_session(tmp_path / "s", RUNS, verdicts=VERDICTS)
    text = report(SessionRecord(folder), tmp_path / "r.html")
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", text)
    assert "default-src 'none'" in text
    found = Structure(text)
    for words in (
        NOTICE, UNTRAINED, "2026-03-14 22:58:30", "0:04:30", "4 raised: 2 confirmed, 2 retracted",
        "started again once (2026-03-14 23:01:00); once behind a crash",
        "1, together 2.5 s", "3 of 4 alarms judged: 2 seizures (1 of them missed", FIRST, SECOND,
        NURSE, PATIENT, "audio paused", "display montage changed", "O2: flat line", "events.tau_on",
        "vigil-eeg 0.1", "Missed 1", "Cohen's kappa", "0.40",
    ):  # fmt: skip
        assert words in found.text, words
    assert len(found.alts) == 1 + 4 + 1
    assert all(len(alt) > 40 for alt in found.alts)
    for source in found.sources:
        assert base64.b64decode(source.split(",")[1]).startswith(b"\x89PNG")
    assert set(found.links) == {f"#{anchor}" for anchor in found.anchors}
    assert found.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(found.headings, found.headings[1:], strict=False))
    assert text.count("<table>") == found.captions
    assert "@media print" in text


def test_texts_of_others_cannot_become_markup(tmp_path) -> None:
    evil = "<script>alert(1)</script>\"'&"
    said = [dataclasses.replace(verdict("alarm 1", YES), comment=evil, reviewer=evil)]
    folder = make_session(tmp_path / "s", verdicts=said)
    text = report(SessionRecord(folder), tmp_path / "r.html", n_pictures=1)
    assert "<script" not in text
    assert evil in Structure(text).text


def test_an_empty_session_still_gives_a_report(tmp_path) -> None:
    run = RunOf(alarms=())
    folder = make_session(tmp_path / "s", [run], notes=False, eeg=False, start=None, weights="w 12")
    text = Structure(report(SessionRecord(folder), tmp_path / "r.html")).text
    assert "No alarm to show" in text
    assert "Nobody has reviewed the alarms yet" in text
    assert "UNTRAINED" not in text
    assert "From 0:00:00" in text


def test_an_alarm_without_recorded_eeg_says_so(tmp_path) -> None:
    folder = make_session(tmp_path / "s", eeg=False)
    record = SessionRecord(folder)
    assert read_excerpt(record, record.alarms[0].onset_s).stretches == ()
    assert len(Structure(report(record, tmp_path / "r.html")).alts) == 3


@pytest.mark.parametrize("sfreq", [256, 500])
def test_an_excerpt_holds_the_eeg_of_its_time(tmp_path, sfreq) -> None:
    run = RunOf(parts=(35, 85), alarms=(Told(30, 50),))
    folder = make_session(tmp_path / "s", [run], sfreq=sfreq, notes=False)
    record = SessionRecord(folder)
    excerpt = read_excerpt(record, 30.0)
    assert (excerpt.start_s, excerpt.stop_s) == (20.0, 60.0)
    (stretch,) = excerpt.stretches  # the change of files is no gap
    assert stretch.start_s == 20.0
    assert stretch.rows.shape[1] / stretch.sfreq_hz == pytest.approx(40, abs=0.01)
    # The wave of 4 Hz grows from Fp1 to O2 and is there from 30 to 50 s.
    row = stretch.rows[excerpt.labels.index("P4-O2")]
    second = int(stretch.sfreq_hz)
    assert row[11 * second : 29 * second].std() > 1.2 * row[: 9 * second].std()
    spectrum = np.abs(np.fft.rfft(row[11 * second : 29 * second]))
    assert np.argmax(spectrum) / 18 == pytest.approx(4, abs=0.1)


def test_burden_is_measured_on_the_sessions_clock(tmp_path) -> None:
    runs = [
        RunOf(alarms=(Told(0, 60),)),
        RunOf(offset_s=3600.0, alarms=(Told(0, 30), Told(40, 60))),
    ]
    burden = measure_burden(SessionRecord(make_session(tmp_path / "s", runs)))
    assert burden.block_s == 60.0
    assert burden.blocks[0] == 1.0
    assert burden.blocks[60] == pytest.approx(50 / 60)
    assert highest_share(burden) == pytest.approx(60 / 3600)
    assert burden.hours[61] == pytest.approx(50 / 3600)


def test_tables_say_who_when_and_how_long(tmp_path) -> None:
    record = SessionRecord(make_session(tmp_path / "s", RUNS, verdicts=VERDICTS))
    rows = alarm_table(record).rows
    assert rows[0][:7] == ("1", "2026-03-14 22:59:00", "30.25", "22.2", "0.94", "ended", "8.5")
    assert rows[0][7].endswith(f"by {NURSE}")
    assert rows[0][8] == f"{FIRST}: seizure; {SECOND}: seizure"
    assert rows[2][1] == "2026-03-14 23:01:30"
    assert agreement_table(record).rows == ((FIRST, SECOND, "3", "67%", "0.40"),)
    delays = {row[0]: row[1:] for row in delay_table(record).rows}
    assert delays["From the decision to the painted banner"] == ("4", "0.03", "0.03")
    assert delays["From the decision to the started sound"] == ("4", "0.12", "0.12")


class Night:
    """A night with more alarms than anybody can look at; its EEG is made when it is asked for."""

    def __init__(self, record, n_alarms):
        (self.base,) = record.alarms
        self.record, self.n_alarms = record, n_alarms
        self.duration_s = 8 * 3600.0
        self.alarms = tuple(
            dataclasses.replace(
                self.base, alarm_id=k + 1, onset_s=28.0 * k, offset_s=28.0 * k + 12, peak=k / 2000
            )
            for k in range(n_alarms)
        )
        self.technical = record.technical * 2000

    def __getattr__(self, name):
        return getattr(self.record, name)

    def eeg(self, start_s, stop_s):
        n = round((stop_s - start_s) * 256)
        data = np.random.default_rng(0).normal(0, 20, (len(ELECTRODES), n)).astype(np.float32)
        yield self.record.parts[0], Chunk(data, round(start_s * 256))

    def probability(self, start_s, stop_s):
        return np.full(round((stop_s - start_s) * 256), 0.3, dtype=np.float32)


def test_a_thousand_alarms_are_listed_and_the_highest_peaks_pictured(tmp_path) -> None:
    run = RunOf(alarms=(Told(30, 50, AlarmState.ENDED),))
    record = SessionRecord(make_session(tmp_path / "s", [run]))
    night = Night(record, 1001)
    assert start_time(night) == start_time(record)
    text = report(night, tmp_path / "r.html", n_pictures=3)
    assert len(text) < 3e6
    found = Structure(text)
    assert len(found.alts) == 4
    assert "3 of 1001 alarms" in found.text
    for alarm_id in (999, 1000, 1001):
        assert f"Alarm {alarm_id}, 2026-03-1" in found.text
    assert f"the first {MOST_ROWS} of 1001, all are in the JSON lines" in found.text
    assert f"the first {MOST_ROWS} of 4000" in found.text


def test_a_part_that_was_lost_costs_its_pictures_only(tmp_path) -> None:
    folder = make_session(tmp_path / "s", RUNS, verdicts=VERDICTS)
    (folder / "eeg_part2.edf").unlink()
    found = Structure(report(SessionRecord(folder), tmp_path / "r.html"))
    lost = found.text.count("No picture: ")
    assert lost > 0
    assert "eeg_part2.edf" in found.text
    # the overview, and the EEG of what the other part holds
    assert len(found.sources) == 1 + 4 + 1 - lost
    assert "events.tau_on" in found.text


def test_a_lost_part_names_nobody_where_the_report_names_nobody(tmp_path) -> None:
    folder = make_session(tmp_path / "20260314T225830_Mueller", RUNS, verdicts=VERDICTS)
    (folder / "eeg_part2.edf").unlink()
    record = Deidentified(SessionRecord(folder), timedelta(days=-1000))
    text = report(record, tmp_path / "r.html", deidentified=True)
    assert "No picture: " in text
    for secret in (str(tmp_path), "Mueller", "2026"):
        assert secret not in Structure(text).text
