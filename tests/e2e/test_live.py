"""A live stream from another process: everything arrives once, and is analysed as a file is."""

import json
import os
import signal
import sqlite3
import threading
import time

import numpy as np
import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from tests.edf_files import edf_bytes
from tests.live_streams import Received, Sender, live_options, run_live, wait_until
from tests.monitor_fakes import AmplitudeScorer, bursts, signals

SAME = ("probabilities_sha256", "events", "gaps", "n_windows", "duration_s", "config_hash")
LOWERED = "[events]\ntau_on = 0.3\ntau_off = 0.2\n"


@pytest.fixture
def send(lsl, request):
    """Start a sender whose stream is called as the test is."""
    senders = []

    def start(recording, *options, name=None):
        senders.append(Sender(lsl, recording, name or request.node.name, *options))
        return senders[-1]

    yield start
    for sender in senders:
        sender.end()


@pytest.fixture
def stream_name(request):
    return request.node.name


def test_the_events_are_those_of_the_file(vigil, stand_in, write_edf, send, stream_name, tmp_path):
    path = write_edf("x.edf", 84, 256, [(30, 40), (70, 76)])
    send(path, "--speed", 14, "--wait")
    live = vigil("live", "--stream", stream_name, "--headless", "--json", "--duration", 84,
                 "--session", tmp_path / "s")  # fmt: skip
    assert live.code == 0, live.err
    offline = vigil("detect", path, "--out", tmp_path / "o", "--json")
    assert {k: live.json[k] for k in SAME} == {k: offline.json[k] for k in SAME}
    assert len(live.json["events"]) == 2
    stream = live.json["stream"]
    assert (stream["received_samples"], stream["lost_samples"]) == (84 * 256, 0)
    assert [state[1] for state in stream["states"]] == ["connected"]
    description = json.loads((tmp_path / "s" / "session.json").read_text())
    assert description["source"]["kind"] == "live"
    assert description["source"]["name"] == stream_name


def test_a_real_recording_with_the_network(vigil, real_recordings, send, stream_name, tmp_path):
    path = real_recordings["eegma"]
    config = tmp_path / "low.toml"
    config.write_text(LOWERED)
    options = ("--config", config, "--weights", "untrained")
    offline = vigil("detect", path, "--out", tmp_path / "o", "--json", *options).json
    send(path, "--speed", 12, "--wait")
    live = vigil("live", "--stream", stream_name, "--headless", "--json", *options,
                 "--duration", 62, "--session", tmp_path / "s")  # fmt: skip
    assert live.code == 0, live.err
    assert offline["events"]
    assert {k: live.json[k] for k in SAME} == {k: offline[k] for k in SAME}


@pytest.mark.parametrize(
    ("sfreq", "n_channels", "options"),
    [
        (512, 32, ["--unit", "V", "--format", "double64"]),
        (1000, 64, []),
        (2048, 32, ["--format", "int16"]),
    ],
)
def test_rates_channels_and_formats(send, stand_in, tmp_path, sfreq, n_channels, options):
    rng = np.random.default_rng(sfreq)
    names = [*ELECTRODES, *(f"X{i}" for i in range(n_channels - 19))]
    order = rng.permutation(n_channels)
    data = np.rint(bursts(12 * sfreq, sfreq, [(4, 9)], n_channels=n_channels))
    path = tmp_path / "many.edf"
    path.write_bytes(edf_bytes(signals(data[order], sfreq, [names[i] for i in order])))
    name = f"many-{sfreq}"
    send(path, "--speed", 4, "--wait", "--counter", *options, name=name)
    received = Received()
    summary, source = run_live(live_options(name, tmp_path / "s", 12), received)
    counts = received.counts
    assert np.array_equal(np.diff(counts) % 32768, np.ones(12 * sfreq - 1))
    assert np.array_equal(received.indices, np.arange(12 * sfreq))
    offline = received.offline(path, source, Config(), AmplitudeScorer())
    assert summary["events"] == [[e.onset_s, e.offset_s, e.peak] for e in offline.events]
    assert summary["probabilities_sha256"] == offline.probabilities_sha256
    assert len(summary["events"]) == 1
    assert summary["stream"]["lost_samples"] == 0


def test_a_stream_without_labels_and_a_map(vigil, stand_in, write_edf, send, tmp_path):
    path = write_edf("x.edf", 12, 256, [(4, 9)])
    names = ",".join(ELECTRODES)
    send(path, "--speed", 4, "--wait", "--no-labels", name="bare")
    refused = vigil("live", "--stream", "bare", "--headless")
    assert (refused.code, refused.line) == (
        1, "vigil: stream bare: no channel labelled; name them with --channels or --channel-map",
    )  # fmt: skip
    short = vigil("live", "--stream", "bare", "--headless", "--channels", "Fp1,F3")
    assert short.line == "vigil: --channels: names 2 channels, the stream has 19"
    live = vigil("live", "--stream", "bare", "--headless", "--json", "--channels", names,
                 "--duration", 12, "--session", tmp_path / "s")  # fmt: skip
    assert live.code == 0, live.err
    assert "no unit given for all channels: microvolts assumed" in live.json["notes"]
    offline = vigil("detect", path, "--out", tmp_path / "o", "--json").json
    # the sender began when the first of the three listened
    assert len(live.json["events"]) == len(offline["events"]) == 1


@pytest.mark.parametrize(
    ("options", "lost"),
    [
        (["--burst", "2"], False),
        (["--jitter", "20"], False),
        (["--drift-ppm", "200"], False),
        (["--drop", "0.02"], True),
        (["--stall", "2:3"], False),
        (["--restart", "2:3"], True),
    ],
)
def test_faults_of_the_sender(send, stand_in, write_edf, tmp_path, options, lost):
    """Every sample that is sent arrives once, at its place; events as offline."""
    path = write_edf("x.edf", 20, 256, [(6, 12)])
    name = options[0].strip("-")
    speed = 1 if name in ("stall", "restart") else 4
    seconds = 7 if speed == 1 else 14
    send(path, "--speed", speed, "--wait", "--counter", *options, name=name)
    received = Received()
    summary, source = run_live(live_options(name, tmp_path / "s", seconds), received)
    counts, indices = received.counts, received.indices
    assert (np.diff(counts) >= 1).all()
    tolerance = 0 if name in ("burst", "drift-ppm", "stall", "drop") else 3
    assert np.abs((indices - indices[0]) - (counts - counts[0])).max() <= tolerance
    never_sent = int((np.diff(counts) - 1).sum())
    assert abs(summary["stream"]["lost_samples"] - never_sent) <= tolerance
    assert bool(never_sent) == lost
    assert summary["complete"] == (not lost)
    offline = received.offline(path, source, Config(), AmplitudeScorer())
    assert summary["probabilities_sha256"] == offline.probabilities_sha256
    assert summary["events"] == [[e.onset_s, e.offset_s, e.peak] for e in offline.events]


def test_markers_are_kept_on_the_same_clock(vigil, stand_in, lsl, send, write_edf, tmp_path):
    """A button is pressed in this process while the signal comes from another one."""
    import pylsl

    button = pylsl.StreamOutlet(
        pylsl.StreamInfo("button", "Markers", 1, 0, pylsl.cf_string, "button-1")
    )
    send(write_edf("x.edf", 20, 256), "--wait", name="with-markers")
    pressed = []

    def press() -> None:
        button.wait_for_consumers(20)
        time.sleep(2)
        pressed.append(time.time())
        button.push_sample(["nurse call"])

    threading.Thread(target=press, daemon=True).start()
    live = vigil("live", "--stream", "with-markers", "--markers", "button", "--headless", "--json",
                 "--duration", 5, "--session", tmp_path / "s")  # fmt: skip
    assert live.code == 0, live.err
    assert live.json["stream"]["markers"] == 1
    assert "marker: nurse call" in live.err
    db = sqlite3.connect(tmp_path / "s" / "alarms.sqlite")
    ((sample, text),) = db.execute("SELECT sample, text FROM markers")
    (start,) = db.execute("SELECT value FROM session WHERE key = 'start_time'").fetchone()
    db.close()
    assert text == "nurse call"
    from datetime import datetime

    began = datetime.fromisoformat(start).timestamp()
    assert began + sample / 256 == pytest.approx(pressed[0], abs=0.1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_everything_kept(
    vigil, stand_in, send, write_edf, tmp_path, monkeypatch, number
):
    import monitor.live

    received, before = Received(), signal.getsignal(number)

    class Watched(monitor.live.LslSource):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            received.watch(self)

    monkeypatch.setattr(monitor.live, "LslSource", Watched)
    send(write_edf("x.edf", 60, 256), "--wait", name=f"signal-{number.value}")

    def later() -> None:
        wait_until(lambda: received.indices_received > 2 * 256)
        assert signal.getsignal(number) is not before
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=later, daemon=True)
    thread.start()
    live = vigil("live", "--stream", f"signal-{number.value}", "--headless", "--json",
                 "--session", tmp_path / "s")  # fmt: skip
    thread.join(5)
    assert live.code == 0, live.err
    assert live.json["duration_s"] == received.indices_received / 256
    assert 2 < live.json["duration_s"] < 30
    assert live.json["n_windows"] == 1
    assert json.loads((tmp_path / "s" / "session.json").read_text())["state"] == "finished"
    assert signal.getsignal(number) is before
