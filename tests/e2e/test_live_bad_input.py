"""Streams that cannot be monitored: one line that says why, exit code 1."""

import sys

import pytest

from core.electrodes import ELECTRODES
from monitor.sources.lsl_library import load_lsl


@pytest.fixture
def outlet(lsl):
    """Streams of this process."""
    import pylsl

    kept = []

    def make(
        name, *, kind="EEG", labels=ELECTRODES, units=None, sfreq=256.0, source_id=None,
        sample_format=pylsl.cf_float32,
    ):  # fmt: skip
        info = pylsl.StreamInfo(
            name, kind, len(labels), sfreq, sample_format, source_id or f"{name}-id"
        )
        channels = info.desc().append_child("channels")
        for i, label in enumerate(labels):
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", "uV" if units is None else units[i])
        kept.append(pylsl.StreamOutlet(info))

    yield make
    kept.clear()


def live(vigil, *options):
    run = vigil("live", "--headless", "--timeout", "1.5", *options)
    assert (run.code, run.out) == (1, "")
    return run.line


def test_no_such_stream(vigil, outlet):
    outlet("somebody-else", kind="ECG")
    line = live(vigil, "--stream", "nobody")
    assert line.startswith("vigil: no stream with name 'nobody' within 1.5 s; seen: ")
    assert "somebody-else (ECG, 19 channels, 256 Hz, source id somebody-else-id" in line


def test_two_streams(vigil, outlet):
    outlet("twin", source_id="a")
    outlet("twin", source_id="b")
    line = live(vigil, "--stream", "twin")
    assert line.startswith("vigil: 2 streams match, choose one with --stream or --source-id: ")
    assert "source id a" in line
    assert "source id b" in line


@pytest.mark.parametrize(
    ("name", "what", "words"),
    [
        ("text", {"kind": "Markers", "labels": ["m"], "sfreq": 0, "sample_format": 3},
         "carries text, not signal; give it with --markers"),
        ("irregular", {"sfreq": 0}, "irregular; EEG needs a fixed sampling rate"),
        ("slow", {"sfreq": 50}, "sampling rate is 50 Hz, must be 100 to 16384 Hz"),
        ("quick", {"sfreq": 20000}, "sampling rate is 20000 Hz, must be 100 to 16384 Hz"),
        ("bytes", {"sample_format": 6}, "format int8, must be one of float32, double64"),
        ("unit", {"units": ["uV"] * 9 + ["mmHg"] * 10},
         f"channel {ELECTRODES[9]} has unit 'mmHg', must be one of nV, uV"),
        ("label", {"labels": [*ELECTRODES[:5], "", *ELECTRODES[6:]]},
         "channel 6 of 19 not labelled; name them with --channels or --channel-map"),
        ("mute", {}, "sends no sample within 1.5 s"),
    ],
)  # fmt: skip
def test_streams_that_are_no_eeg(vigil, outlet, name, what, words):
    outlet(name, **what)
    assert words in live(vigil, "--stream", name)


def test_a_missing_electrode(vigil, outlet, stand_in, lsl, write_edf, tmp_path):
    from tests.edf_files import edf_bytes
    from tests.live_streams import Sender
    from tests.monitor_fakes import bursts, signals

    path = tmp_path / "poor.edf"
    path.write_bytes(edf_bytes(signals(bursts(256 * 60)[1:], 256, ELECTRODES[1:])))
    sender = Sender(lsl, path, "poor")
    try:
        run = vigil("live", "--stream", "poor", "--headless", "--session", tmp_path / "s")
    finally:
        sender.end()
    assert run.code == 1
    assert run.line.startswith("vigil: stream poor: missing electrode: Fp1 (the 18 channels are ")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channels = 'Fp1'", "channels: must be a table, not 'Fp1'"),
        ("names = []", "unknown key names, must be channels, unit or units"),
        ("unit = 5", "unit: must be a text such as 'uV', not 5"),
        ("[channels]\nFp9 = 'Fp1'", "the stream has no channel 'Fp9'"),
        ("channels = [", "not valid TOML"),
    ],
)
def test_channel_maps(vigil, outlet, tmp_path, text, words):
    path = tmp_path / "map.toml"
    path.write_text(text)
    outlet("mapped")
    line = live(vigil, "--stream", "mapped", "--channel-map", path)
    assert line.startswith(f"vigil: {path}: ")
    assert words in line


@pytest.mark.parametrize("command", ["live --headless", "streams", "publish demo.edf"])
def test_no_liblsl(vigil, monkeypatch, command):
    monkeypatch.setitem(sys.modules, "pylsl", None)
    load_lsl.cache_clear()
    try:
        run = vigil(*command.split())
    finally:
        load_lsl.cache_clear()
    assert run.code == 1
    line = run.err.splitlines()[-1]
    assert line.startswith("vigil: no liblsl on this machine: pip install 'pylsl>=1.18'")
    assert "Traceback" not in run.err
