"""Whatever is wrong with the input: one line that says so, exit code 1, no traceback."""

import json
import os
import resource
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from core.model.checkpoint import save_checkpoint
from core.model.network import build_network
from monitor.archive.session import Session
from tests.edf_files import edf_bytes
from tests.monitor_fakes import bursts, signals

ROOT = Path(__file__).parents[2]
SFREQ = 200


def whole(seconds=6, sfreq=SFREQ):
    return signals(bursts(seconds * sfreq, sfreq), sfreq)


def missing_electrode():
    return edf_bytes([s for s in whole() if s.label != "Cz"])


def doubled_electrode():
    return edf_bytes([*whole(), *signals(bursts(6 * SFREQ, SFREQ, seed=9), SFREQ)[7:8]])


def doubled_under_its_other_name():
    other = signals(bursts(6 * SFREQ, SFREQ, seed=9)[:1], SFREQ, ["T7"])
    return edf_bytes([*whole(), *other])


def unknown_unit():
    broken = whole()
    broken[3].unit = "mmHg"
    return edf_bytes(broken)


def dead_channel():
    data = bursts(6 * SFREQ, SFREQ)
    data[9] = 0
    return edf_bytes(signals(data, SFREQ))


def two_dead_channels():
    data = bursts(6 * SFREQ, SFREQ)
    data[[2, 9]] = 0
    return edf_bytes(signals(data, SFREQ))


BAD_FILES = {
    "not an EDF": (
        lambda: b"MZ this is something else entirely" * 20,
        "not an EDF or BDF file (begins with 'MZ this ')",
    ),
    "empty": (lambda: b"", "empty file"),
    "truncated header": (
        lambda: edf_bytes(whole())[:3000],
        "header is cut short (3000 of 5120 bytes)",
    ),
    "no record": (lambda: edf_bytes(whole())[:5120], "holds no complete data record"),
    "zero channels": (
        lambda: edf_bytes(whole(), n_signals="0", header_bytes="256"),
        "zero channels (number of signals is 0)",
    ),
    "missing electrode": (missing_electrode, "missing electrode: Cz (the 18 channels are Fp1, "),
    "doubled electrode": (
        doubled_electrode,
        "channels O1 (no. 8) and O1 (no. 20) are the same electrode with different content",
    ),
    "doubled under another name": (
        doubled_under_its_other_name,
        "channels T3 (no. 6) and T7 (no. 20) are the same electrode with different content",
    ),
    "unknown unit": (
        unknown_unit,
        f"channel {ELECTRODES[3]} has unit 'mmHg', must be one of nV, uV, \N{MICRO SIGN}V, mV, V",
    ),
    "dead channel": (
        dead_channel,
        f"channel {ELECTRODES[9]} is constant throughout the recording",
    ),
    "two dead channels": (
        two_dead_channels,
        f"channels {ELECTRODES[2]}, {ELECTRODES[9]} are constant throughout the recording",
    ),
    "rate below 100 Hz": (lambda: edf_bytes(whole(10, 80)), "100 Hz"),
}


@pytest.mark.parametrize("command", ["detect", "replay"])
@pytest.mark.parametrize("name", BAD_FILES)
def test_recordings(vigil, stand_in, tmp_path, command, name):
    make, words = BAD_FILES[name]
    path = tmp_path / "bed7.edf"
    path.write_bytes(make())
    options = {
        "detect": ["--out", tmp_path / "out"],
        "replay": ["--headless", "--speed", "max", "--session", tmp_path / "session"],
    }[command]
    run = vigil(command, path, "--json", *options)
    assert (run.code, run.out) == (1, "")
    assert run.line.startswith(f"vigil: {path}: ")
    assert run.line.count("bed7.edf") == 1
    assert words in run.line
    assert not list(tmp_path.glob("out/*"))
    if (tmp_path / "session").exists():
        description = json.loads((tmp_path / "session" / "session.json").read_text())
        assert description["state"] == "failed"


@pytest.mark.parametrize("command", ["detect", "replay"])
def test_truncated_data_are_processed_and_said(vigil, stand_in, tmp_path, command):
    path = tmp_path / "bed7.edf"
    path.write_bytes(edf_bytes(whole(20))[:-3000])
    options = {
        "detect": ["--out", tmp_path / "out"],
        "replay": ["--headless", "--speed", "max", "--session", tmp_path / "session"],
    }[command]
    run = vigil(command, path, *options)
    assert run.code == 3
    assert "incomplete: bed7.edf: data are cut short, 19 of 20 records (19 of 20 s)" in run.out
    assert run.err == ""


@pytest.mark.parametrize("command", ["detect", "replay"])
def test_files_that_are_not_there(vigil, stand_in, tmp_path, command):
    options = {"detect": ["--out", tmp_path / "out"], "replay": ["--headless"]}[command]
    run = vigil(command, tmp_path / "nobody.edf", *options)
    assert (run.code, run.line) == (1, f"vigil: {tmp_path / 'nobody.edf'}: no such file")
    run = vigil(command, tmp_path, *options)
    assert run.code == 1
    words = {
        "detect": "holds no recording (.edf or .bdf)",
        "replay": "is a folder, not a recording",
    }
    assert run.line == f"vigil: {tmp_path}: {words[command]}"
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[conditioning]\nmains_hz = 55",
            "conditioning.mains_hz: mains frequency must be 50 or 60 Hz, not 55",
        ),
        ("[conditioning]\nmains = 50", "unknown key conditioning.mains"),
        ("[sound]\nloud = true", "unknown key sound"),
        (
            "[events]\ntau_on = 0.7",
            "events: tau_off must be below tau_on, not 0.78 >= 0.7",
        ),
        ("[events]\ntau_on = 'high'", "events.tau_on: "),
        ("[events\n", "not valid TOML"),
    ],
)
def test_configuration(vigil, write_edf, tmp_path, text, words):
    config = tmp_path / "ward.toml"
    config.write_text(text)
    run = vigil("replay", write_edf(seconds=6), "--headless", "--config", config)
    assert (run.code, run.out) == (1, "")
    assert run.line.startswith(f"vigil: {config}: ")
    assert words in run.line
    if words[-1].isdigit():
        assert run.line.endswith(words)


def test_configuration_that_is_not_there(vigil, write_edf, tmp_path):
    run = vigil("detect", write_edf(seconds=6), "--out", "o", "--config", tmp_path / "no.toml")
    assert run.code == 1
    assert run.line == f"vigil: {tmp_path / 'no.toml'}: cannot be read (No such file or directory)"


@pytest.mark.parametrize("command", ["detect", "replay"])
def test_checkpoints(vigil, write_edf, tmp_path, command):
    path = write_edf(seconds=6)
    options = {"detect": ["--out", tmp_path / "out"], "replay": ["--headless"]}[command]
    weights = tmp_path / "w.safetensors"

    run = vigil(command, path, "--weights", weights, *options)
    assert (run.code, run.line) == (
        1, f"vigil: {weights}: cannot be read (No such file or directory)",
    )  # fmt: skip

    weights.write_bytes(b"\x80\x04 something pickled" * 10)
    run = vigil(command, path, "--weights", weights, *options)
    assert run.code == 1
    assert run.line.startswith(f"vigil: {weights}: not a safetensors file")

    other = Config.model_validate({"conditioning": {"l_freq_hz": 1.0}})
    save_checkpoint(weights, build_network("vigil-13m"), other, dtype="float16")
    run = vigil(command, path, "--weights", weights, *options)
    assert run.code == 1
    assert run.line == (
        f"vigil: {weights}: trained with other settings: "
        "conditioning.l_freq_hz is 1.0, expected 0.5"
    )


def test_session_folders(vigil, stand_in, write_edf, tmp_path):
    path = write_edf(seconds=6)

    def replay(folder):
        return vigil("replay", path, "--headless", "--speed", "max", "--session", folder)

    (tmp_path / "file").write_text("")
    run = replay(tmp_path / "file" / "s")
    assert (run.code, run.line) == (
        1, f"vigil: {tmp_path / 'file' / 's'}: session folder cannot be made (Not a directory)",
    )  # fmt: skip
    assert replay(tmp_path / "s").code == 0
    before = (tmp_path / "s" / "session.json").read_bytes()
    run = replay(tmp_path / "s")
    assert (run.code, run.line) == (
        1, f"vigil: {tmp_path / 's'}: holds a session already; choose another folder",
    )  # fmt: skip
    assert (tmp_path / "s" / "session.json").read_bytes() == before
    if Path("/proc/self").is_dir():
        run = replay("/proc/self/s")
        assert run.code == 1
        assert run.line.startswith("vigil: /proc/self/s: session folder cannot be made (")


def test_a_finished_session_is_refused_before_a_network_is_loaded(
    vigil, write_edf, tmp_path, monkeypatch
):
    def load_engine(*_):
        raise AssertionError("a network is loaded")

    monkeypatch.setattr("monitor.app.load_engine", load_engine)
    folder = tmp_path / "s"
    with closing(Session(folder, {})) as session:
        session.finish({})
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run = vigil("replay", write_edf(seconds=6), "--headless", "--session", folder)
    assert (run.code, run.line) == (
        1, f"vigil: {folder}: holds a session already; choose another folder",
    )  # fmt: skip
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_weights_that_cannot_be_used_leave_no_session(vigil, write_edf, tmp_path):
    weights, folder = tmp_path / "none.safetensors", tmp_path / "s"
    run = vigil("replay", write_edf(seconds=6), "--headless", "--weights", weights,
                "--session", folder)  # fmt: skip
    assert (run.code, folder.exists()) == (1, False)
    assert run.line.startswith(f"vigil: {weights}: ")


def test_an_output_folder_that_cannot_be_made(vigil, stand_in, write_edf, tmp_path):
    (tmp_path / "file").write_text("")
    run = vigil("detect", write_edf(seconds=6), "--out", tmp_path / "file" / "o")
    assert run.code == 1
    folder = tmp_path / "file" / "o"
    assert run.line == f"vigil: {folder}: output folder cannot be made (Not a directory)"


def test_start_beyond_the_end(vigil, stand_in, write_edf):
    path = write_edf(seconds=6)
    run = vigil("replay", path, "--headless", "--start", "7")
    assert (run.code, run.line) == (
        1, f"vigil: {path}: start 7 s is outside the recording of 6 s",
    )  # fmt: skip


def test_a_value_that_is_not_a_number_is_impossible_but_a_rail_is_not_fatal(
    vigil, stand_in, tmp_path
):
    """Samples in EDF are integers; a channel at its limit is processed, with an alarm."""
    data = bursts(12 * SFREQ, SFREQ)
    data[5, SFREQ * 3 :] = 3276.7
    path = tmp_path / "bed7.edf"
    path.write_bytes(edf_bytes(signals(data, SFREQ)))
    run = vigil("replay", path, "--headless", "--speed", "max", "--session", tmp_path / "s")
    assert run.code == 0
    assert f"technical: {ELECTRODES[5]}: amplifier at its limit" in run.err
    assert np.isfinite(data).all()


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE as Linux has it")
@pytest.mark.parametrize("limit", [1_000, 40_000])
def test_full_disk(tmp_path, write_edf, limit):
    """No room for session.json, or none for the log."""
    path = write_edf(seconds=62)
    program = (
        "import sys\n"
        "sys.path.insert(0, '.')\n"
        "import monitor.app, monitor.cli\n"
        "from tests.monitor_fakes import AmplitudeScorer\n"
        "monitor.app.load_engine = lambda *_: AmplitudeScorer()\n"
        "monitor.cli.main()\n"
    )
    arguments = ["replay", path, "--headless", "--speed", "max", "--session", tmp_path / "s"]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    # the EEG finds no room before the log does, and that is an alarm of its own
    *alarms, line = done.stderr.splitlines()
    assert all("technical: EEG is not recorded" in alarm for alarm in alarms)
    assert line.startswith(f"vigil: {tmp_path / 's'}/")
    assert "cannot be written" in line
