"""The benchmark as a command, with a small network and as little of everything as there is."""

import json

import pytest

from core.simulate import simulate_recording

KEYS = {
    "machine", "engine", "weights", "window_ms", "window_p95_ms", "gemm_peak_gflops",
    "gemm_peak_fraction", "offline_real_time_factor", "seizure_transformer_ratio",
    "scaling_exponent", "peak_rss_mb", "offline", "live", "scaling", "day",
}  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def small(tmp_path):
    config = tmp_path / "small.toml"
    config.write_text('[model]\npreset = "small-cnn"\n[inference]\ndevice = "cpu"\n')
    recording = tmp_path / "short.edf"
    simulate_recording(recording, 70 / 60, 0, 3)
    return ["--config", config, "--recording", recording, "--rounds", 1, "--seconds", 0]


def test_all_but_the_live_part_in_json_with_figures(vigil, small, tmp_path):
    out = tmp_path / "out"
    run = vigil("bench", *small, "--longest", 1920, "--full", "--hours", 0.03, "--out", out,
                "--json")  # fmt: skip
    assert run.code == 0, run.err
    result = run.json
    assert result.keys() >= KEYS
    assert result["engine"] == "torch-cpu-float32"
    assert result["weights"] == "UNTRAINED"
    assert result["live"] is None
    flops_per_s = 1e12 * result["window_gflop"] / result["window_ms"]
    assert result["gemm_peak_fraction"] == pytest.approx(
        flops_per_s / (1e9 * result["gemm_peak_gflops"]), rel=0.05
    )
    assert result["offline"]["n_windows"] == 2
    assert result["offline_real_time_factor"] > 0
    assert [row["length"] for row in result["scaling"]["rows"]] == [960, 1920]
    assert result["scaling_exponent"] == result["scaling"]["stacks"]["mamba"]["exponent"]
    assert result["peak_rss_mb"] > 50
    assert result["day"]["n_windows"] == 6
    assert result["figures"] == ["scaling.png", "parts.png", "day.png"]
    for name in result["figures"]:
        assert (out / name).read_bytes().startswith(PNG)
        assert (out / name).stat().st_size > 5000
    assert json.loads((out / "bench.json").read_text()) == result


def test_tables_for_people(vigil, small):
    run = vigil("bench", *small, "--longest", 0)
    assert run.code == 0, run.err
    for words in ("Machine", "One window of 60 s", "matrix product",
                  "Offline detection: short.edf", "reading the file", "Memory"):  # fmt: skip
        assert words in run.out
    assert "Time against length" not in run.out
    assert "Live delays" not in run.out


def test_bad_input_is_one_line(vigil, small, tmp_path):
    run = vigil("bench", "--recording", tmp_path / "none.edf", "--seconds", 0, "--longest", 0,
                "--config", small[1])  # fmt: skip
    assert run.code == 1
    assert "Traceback" not in run.err
    assert "none.edf" in run.err.splitlines()[-1]
    taken = tmp_path / "taken"
    taken.write_text("")
    run = vigil("bench", *small, "--out", taken)
    assert run.code == 1
    assert run.line.startswith(f"vigil: {taken}: ")


@pytest.mark.parametrize(
    "options", [["--seconds", "2"], ["--longest", "960"], ["--rounds", "0"], ["--threads", "0"]]
)
def test_wrong_usage(vigil, options):
    run = vigil("bench", *options)
    assert run.code == 2
    assert run.out == ""
    assert "Usage:" in run.err
