"""What a stream says about its channels, and what the user says instead."""

import numpy as np
import pytest

from core.electrodes import ELECTRODES
from core.errors import ConfigError, StreamError
from monitor.sources.base import StreamState, StreamStatus
from monitor.sources.channel_map import ChannelMap
from monitor.sources.lsl_description import check_kind, read_layout
from monitor.sources.lsl_discovery import FoundStream, StreamQuery
from monitor.sources.lsl_rate import measure_rate
from monitor.sources.lsl_states import StateLog
from monitor.technical import TechnicalAlarms


class Element:
    """An element of a stream's description, as pylsl has it."""

    def __init__(self, rows, at=0):
        self._rows, self._at = rows, at

    def desc(self):
        return self

    def child(self, name):
        return self

    def empty(self):
        return self._at >= len(self._rows)

    def next_sibling(self, name):
        return Element(self._rows, self._at + 1)

    def child_value(self, name):
        return str(self._rows[self._at].get(name, ""))


def found(n_channels=19, sfreq=256.0, sample_format="float32", **others):
    properties = {
        "name": "bed", "type": "EEG", "source_id": "a", "uid": "u", "host": "h", "session": "s",
    } | others  # fmt: skip
    return FoundStream(
        **properties, n_channels=n_channels, sfreq=sfreq, format=sample_format, handle=None
    )


def layout(rows, names=None):
    return read_layout(found(len(rows)), Element(rows), names)


def rows(unit="uV", labels=ELECTRODES):
    return [{"label": label, "unit": unit} for label in labels]


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("uV", 1), ("\N{MICRO SIGN}V", 1), ("microvolts", 1), ("mV", 1e3), ("Volts", 1e6),
        ("V", 1e6), ("nV", 1e-3),
    ],
)  # fmt: skip
def test_units(unit, factor):
    read = layout(rows(unit))
    assert read.ch_names == ELECTRODES
    assert (read.microvolts == factor).all()
    assert read.notes == ()


def test_without_units_microvolts_are_assumed_and_said():
    read = layout(rows(""))
    assert (read.microvolts == 1).all()
    assert read.notes == ("no unit given for all channels: microvolts assumed",)


def test_what_is_no_voltage_is_left_out():
    more = [{"label": "SpO2", "unit": "%"}, {"label": "TRIG", "unit": ""}, {"label": "ECG"}]
    read = layout([*more[:2], *rows(), more[2]])
    assert read.ch_names == (*ELECTRODES, "ECG")
    assert read.columns == tuple(range(2, 22))
    assert "left out: SpO2, TRIG" in read.notes


def test_an_electrode_in_another_unit_is_an_error():
    with pytest.raises(StreamError, match=r"stream bed: channel Fp1 has unit 'mmHg'"):
        layout(rows("mmHg"))


def test_a_description_that_ends_too_early():
    with pytest.raises(StreamError, match="channels 19, 20 of 20 not labelled"):
        read_layout(found(20), Element(rows()[:18]), None)


def test_maps(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text('unit = "mV"\n[channels]\nA1x = "Fp1"\n2 = "F3"\n[units]\nFp1 = "V"\n')
    given = [{"label": "A1x", "unit": "uV"}, {"label": ""}, *rows(labels=ELECTRODES[2:])]
    read = layout(given, ChannelMap.from_toml(path))
    assert read.ch_names == ELECTRODES
    assert read.microvolts[:3, 0].tolist() == [1e6, 1e3, 1e3]
    path.write_text(f"channels = {list(ELECTRODES)}")
    assert layout(rows(labels=[""] * 19), ChannelMap.from_toml(path)).ch_names == ELECTRODES
    with pytest.raises(ConfigError, match="names 2 channels, the stream has 19"):
        layout(rows(), ChannelMap.from_list("a,b"))


def test_names_from_the_command_line_leave_channels_out():
    names = ChannelMap.from_list(",".join([*ELECTRODES, "-", ""]))
    assert layout(rows(labels=[""] * 21), names).ch_names == ELECTRODES


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (rows(labels=ELECTRODES[1:]), "without Fp1"),
        (rows(labels=[*ELECTRODES, "ECG"]), "with ECG added"),
        (rows(labels=ELECTRODES[::-1]), "with its channels in another order"),
        (rows("mV"), "in another unit"),
        (rows(), ""),
    ],
)
def test_what_has_changed(other, words):
    assert layout(rows()).difference(layout(other)) == words


def test_ranges():
    given = rows()
    assert layout(given).range_uv is None
    given[3] |= {"physical_min_uv": "-800.0", "physical_max_uv": "800.0"}
    low, high = layout(given).range_uv
    assert (low[3], high[3]) == (-800, 800)
    assert low[0] < -1e9


@pytest.mark.parametrize("sample_format", ["float32", "double64", "int32", "int16"])
def test_formats(sample_format):
    check_kind(found(sample_format=sample_format))


def test_queries():
    assert StreamQuery().matches(found())
    assert StreamQuery().matches(found(type="eeg"))
    assert not StreamQuery().matches(found(type="ECG"))
    assert StreamQuery(name="bed").matches(found(type="ECG"))
    assert not StreamQuery(name="bed", source_id="b").matches(found())
    assert str(StreamQuery(name="bed")) == "stream with name 'bed'"


def test_the_rate_is_read_from_most_stamps():
    stamps = np.arange(1000) / 512
    assert measure_rate(stamps, 256) == pytest.approx(512)
    assert measure_rate(np.delete(stamps, slice(100, 400)), 256) == pytest.approx(512)
    assert measure_rate(np.repeat(np.arange(10.0), 100), 256) is None
    assert measure_rate(stamps[:1], 256) is None


def test_states_are_technical_alarms_that_clear_themselves():
    log, alarms = StateLog(512), TechnicalAlarms(512)
    said = [
        alarm
        for status, sample, text in (
            (StreamStatus.CONNECTED, 0, "well"),
            (StreamStatus.STALLED, 512, "silent"),
            (StreamStatus.STALLED, 600, "silent"),
            (StreamStatus.LOST, 1024, "gone"),
            (StreamStatus.CONNECTED, 2048, "well again"),
        )
        for state in log.say(status, sample, text)
        for alarm in alarms.stream(state)
    ]
    assert [(a.key, a.text, a.active, a.sample) for a in said] == [
        ("stream", "silent", True, 256),
        ("stream", "gone", True, 512),
        ("stream", "gone", False, 1024),
    ]
    assert [state[1] for state in log.states] == ["connected", "stalled", "lost", "connected"]
    assert alarms.active == ()


def test_other_faults_do_not_clear_the_stream():
    alarms = TechnicalAlarms(256)
    alarms.stream(StreamState(StreamStatus.LOST, 0, "gone"))
    alarms.stream(StreamState(StreamStatus.CONNECTED, 0, "complete again", "loss"))
    assert [alarm.text for alarm in alarms.active] == ["gone"]
