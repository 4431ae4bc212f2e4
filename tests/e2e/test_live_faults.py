"""What befalls the sender is said at once, nothing that arrived is lost, it is taken up again."""

import threading
import time

import numpy as np
import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from tests.edf_files import edf_bytes
from tests.live_streams import Received, Sender, live_options, run_live, technical_steps, wait_until
from tests.monitor_fakes import AmplitudeScorer, bursts, signals

SFREQ = 256


@pytest.fixture
def recording(write_edf):
    return write_edf("x.edf", 60, SFREQ, [(4, 10)])


@pytest.fixture
def bedside(lsl, tmp_path):
    """Run a monitor and do something to its sender meanwhile."""
    senders = []

    class Bedside:
        def __init__(self) -> None:
            self.received = Received()
            self.moments: dict[str, float] = {}
            self.folder = tmp_path / "s"

        def send(self, path, *options):
            senders.append(Sender(lsl, path, self.name, "--counter", *options))
            return senders[-1]

        def note(self, what):
            self.moments[what] = time.time()

        def said(self, words):
            return any(words in step[2] for step in technical_steps(self.folder))

        def run(self, name, path, act):
            self.name = name
            sender = self.send(path, "--wait")

            def later() -> None:
                wait_until(lambda: self.received.indices_received > 4 * SFREQ)
                try:
                    act(sender)
                finally:
                    self.received.source.stop()

            thread = threading.Thread(target=later, daemon=True)
            thread.start()
            self.summary, source = run_live(live_options(name, self.folder), self.received)
            thread.join(5)
            assert not thread.is_alive()
            offline = self.received.offline(path, source, Config(), AmplitudeScorer())
            assert self.summary["probabilities_sha256"] == offline.probabilities_sha256
            assert self.summary["events"] == [
                [e.onset_s, e.offset_s, e.peak] for e in offline.events
            ]
            return technical_steps(self.folder)

    yield Bedside()
    for sender in senders:
        sender.end()


def stream_steps(steps):
    return [(at, text, active) for at, key, text, active in steps if key == "stream"]


@pytest.mark.parametrize("source_id", [[], ["--source-id", "another"]], ids=["same", "new"])
def test_killed_and_restarted_after_3_s(bedside, stand_in, recording, source_id):
    def act(sender) -> None:
        bedside.note("killed")
        sender.kill()
        time.sleep(3)
        bedside.send(recording, *source_id)
        bedside.received.await_more(5)  # three of which are the gap

    steps = stream_steps(bedside.run(f"killed-{len(source_id)}", recording, act))
    assert "is lost: the connection broke off" in steps[0][1]
    assert -0.1 < steps[0][0] - bedside.moments["killed"] < 1
    assert "reconnecting" in steps[1][1]
    assert steps[-1][2] is False
    stream = bedside.summary["stream"]
    assert stream["reconnects"] == 1
    ((start_s, stop_s),) = bedside.summary["gaps"]
    assert 3 < stop_s - start_s < 20
    assert stream["lost_samples"] == pytest.approx((stop_s - start_s) * SFREQ, abs=64)
    # the restarted sender counts anew; before and behind that, nothing is missing
    jumps = np.diff(bedside.received.counts) - 1
    assert (jumps[jumps != 0] < 0).all()


def test_stopped_for_5_s_and_its_backlog(bedside, stand_in, recording):
    def act(sender) -> None:
        bedside.note("stopped")
        sender.freeze()
        time.sleep(5)
        sender.thaw()
        bedside.received.await_more(6.5)  # five of which are the backlog

    steps = stream_steps(bedside.run("stopped", recording, act))
    assert [(text, active) for _, text, active in steps] == [
        ("stopped: no sample for 2.5 s", True), ("stopped: no sample for 2.5 s", False),
    ]  # fmt: skip
    assert 2.0 < steps[0][0] - bedside.moments["stopped"] < 3.0
    assert bedside.summary["stream"]["lost_samples"] == 0
    assert bedside.summary["gaps"] == []
    assert np.array_equal(bedside.received.counts, bedside.received.indices)


def test_back_with_another_rate_and_with_a_channel_missing(bedside, stand_in, recording, tmp_path):
    fast, poor = tmp_path / "fast.edf", tmp_path / "poor.edf"
    fast.write_bytes(edf_bytes(signals(bursts(60 * 512, 512), 512)))
    rows = bursts(60 * SFREQ, SFREQ)[1:]
    poor.write_bytes(edf_bytes(signals(rows, SFREQ, ELECTRODES[1:])))

    def act(sender) -> None:
        for path, words in ((fast, "is back at 512 Hz, not at 256 Hz"), (poor, "without Fp1")):
            sender.kill()
            sender = bedside.send(path)
            bedside.note(words)
            wait_until(lambda words=words: bedside.said(words))
        sender.kill()
        before = len(bedside.received.chunks)
        bedside.send(recording)
        wait_until(lambda: len(bedside.received.chunks) > before + 30)

    steps = stream_steps(bedside.run("changed", recording, act))
    for words in ("is back at 512 Hz, not at 256 Hz", "without Fp1"):
        (at,) = [at for at, text, active in steps if words in text and active]
        assert at - bedside.moments[words] < 3
    assert steps[-1][2] is False
    stream = bedside.summary["stream"]
    assert (stream["reconnects"], stream["refused_samples"]) == (1, 0)
    assert [s[1] for s in stream["states"] if "changed" in s[1]] == [
        "rate changed", "channels changed",
    ]  # fmt: skip
