"""A live stream in the bedside window, and the delays of the monitor."""

import io
import json
import os

import pytest

from tests.live_streams import Sender, technical_steps

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch, tmp_path):
    """Settings of the window go to a folder of the test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_a_stream_is_shown_until_its_picture_is_taken(
    vigil, stand_in, qapp, lsl, write_edf, tmp_path
):
    from PySide6.QtGui import QImage

    sender = Sender(lsl, write_edf("x.edf", 60, 256, [(1, 4)]), "in-window", "--wait")
    picture = tmp_path / "live.png"
    try:
        run = vigil("live", "--stream", "in-window", "--screenshot", picture, "--after", 5,
                    "--session", tmp_path / "s", "--json")  # fmt: skip
    finally:
        sender.end()
    assert run.code == 0, run.err
    assert 1 < run.json["duration_s"] < 40
    assert run.json["stream"]["lost_samples"] == 0
    image = QImage(str(picture))
    assert min(image.width(), image.height()) > 500
    drawn = (image.pixelColor(x, y) for x in range(0, 500, 2) for y in range(120, 500, 2))
    colours = {(c.red() // 64, c.green() // 64, c.blue() // 64) for c in drawn}
    assert len(colours) > 8  # traces in blue, white and orange on a dark ground
    assert json.loads((tmp_path / "s" / "session.json").read_text())["state"] == "finished"
    assert not any(
        key == "stream" and active for _, key, _, active in technical_steps(tmp_path / "s")
    )


def test_a_stream_that_is_over_leaves_the_window_open(
    vigil, stand_in, qapp, lsl, write_edf, tmp_path
):
    sender = Sender(lsl, write_edf("x.edf", 60, 256), "short", "--wait")
    try:
        run = vigil("live", "--stream", "short", "--duration", 2, "--screenshot",
                    tmp_path / "live.png", "--after", 10, "--json",
                    "--session", tmp_path / "s")  # fmt: skip
    finally:
        sender.end()
    assert run.code == 0, run.err
    assert run.json["duration_s"] == 2
    assert (tmp_path / "live.png").exists()


def test_bench_measures_all_delays(qapp, lsl):
    from rich.console import Console

    from core.config import Config
    from monitor.benchmark.delays import measure_delays
    from monitor.benchmark.report import print_delays
    from tests.monitor_fakes import AmplitudeScorer

    live = measure_delays(Config(), AmplitudeScorer(), 6.0)
    assert live["transport"] == "liblsl, loopback, another process"
    delays = live["delays"]
    pixels, filters = delays["arrival_to_pixels"], delays["resampling_and_filters"]
    assert pixels["n"] > 10
    assert 0 <= filters["median_ms"] <= pixels["median_ms"] < 2000
    assert delays["arrival_to_verdict"]["n"] <= 1
    lags = live["resampling_lag_ms"]
    assert lags["256 Hz"] == 0
    assert 100 < lags["512 Hz"] < 200
    printed = io.StringIO()
    print_delays(json.loads(json.dumps(live)), Console(file=printed, width=100))
    assert "from a sample's arrival to its pixels" in printed.getvalue()
