"""Windows out of the cache are the monitor's, to the bit."""

import collections
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.conditioning import Conditioner
from core.config import Config
from core.electrodes import ELECTRODES
from core.errors import RecordingError
from core.io.edf import open_recording
from core.training.cache import CacheError, SignalCache
from core.training.crops import Crop, Material
from core.types import Chunk, Gap
from core.window import Windower
from tests.edf_files import edf_bytes, write_edf_plus_d
from tests.monitor_fakes import bursts, signals
from tests.unit.training.training_helpers import recording

WINDOW, STRIDE = 15360, 2560


def silent(_share):
    pass


def monitor_windows(path, config):
    """What the monitor's own operators make of a file, 1 s at a time."""
    windower = Windower(config.window_samples, config.stride_samples, 10.0)
    with open_recording(path) as source:
        conditioner = Conditioner(source.info, config)
        items = [item for chunk in source.chunks(1.0) for item in conditioner.push(chunk)]
        items += conditioner.flush()
    kept = [item for item in items if isinstance(item, Chunk | Gap)]
    windows = [window for item in kept for window in windower.push(item)] + windower.flush()
    return [window for window in windows if not isinstance(window, Gap)]


def write(path, seconds, sfreq=256, seed=0):
    path.write_bytes(edf_bytes(signals(bursts(seconds * sfreq, sfreq, ((3, 9),), seed), sfreq)))
    return path


def open_cached(path, folder, config):
    cache = SignalCache(folder / "cache", config)
    cache.fill([recording(path.stem, folder=path.parent)], silent)
    return cache.open(path)


def all_windows(path, folder, config):
    signal = open_cached(path, folder, config)
    material = Material([recording(path.stem)], [signal], config)
    found = []
    for s, segment in enumerate(signal.segments):
        n_windows = 1 + max(0, -(-(segment.n_samples - WINDOW) // STRIDE))
        for k in range(n_windows):
            crop = Crop(0, s, k * STRIDE, 0, WINDOW)
            found.append((segment.start_sample + k * STRIDE, material.cut(crop).data))
    return found


def assert_same_windows(path, folder):
    config = Config()
    expected, found = monitor_windows(path, config), all_windows(path, folder, config)
    assert [start for start, _ in found] == [window.start_sample for window in expected]
    for (_, data), window in zip(found, expected, strict=True):
        np.testing.assert_array_equal(data, window.data)


@pytest.mark.parametrize(
    ("seconds", "sfreq"),
    [
        (1, 256),  # one second
        (59, 256),  # less than a window
        (60, 256),
        (85, 256),  # three full windows and a padded one
        (67, 250),  # 17152 samples at 256 Hz, through the resampler
        (61, 173),  # 15617: no multiple of 32
    ],
)
def test_windows_are_those_of_the_monitor(tmp_path, seconds, sfreq):
    assert_same_windows(write(tmp_path / "x.edf", seconds, sfreq), tmp_path)


def test_gaps_end_segments_and_statistics_live_on(tmp_path):
    data = bursts(97 * 200, 200, ((3, 9), (80, 85)))
    pieces = [(0.0, data[:, :4600]), (23.3, data[:, 4600:18200]), (120.0, data[:, 18200:])]
    path = tmp_path / "d.edf"
    write_edf_plus_d(path, pieces, ch_names=ELECTRODES, sfreq=200)
    # the first gap, of 0.3 s, is bridged; the second is not
    assert len(open_cached(path, tmp_path, Config()).segments) == 2
    assert_same_windows(path, tmp_path)


def test_a_crop_is_the_piece_of_its_window(tmp_path):
    path = write(tmp_path / "x.edf", 85)
    material = Material([recording("x")], [open_cached(path, tmp_path, Config())], Config())
    window = monitor_windows(path, Config())[2]
    crop = Crop(0, 0, window.start_sample, 5120, 2560)
    np.testing.assert_array_equal(material.cut(crop).data, window.data[:, 5120:7680])


def test_a_second_fill_reads_nothing_anew(tmp_path, monkeypatch):
    paths = [write(tmp_path / f"{seed}.edf", 3, seed=seed) for seed in range(2)]
    recordings = [recording(path.stem, folder=tmp_path) for path in paths]
    opened = collections.Counter()

    def count(path, **options):
        opened[path.name] += 1
        return open_recording(path, **options)

    monkeypatch.setattr("core.training.cache.open_recording", count)
    shares = []
    SignalCache(tmp_path / "cache", Config()).fill(recordings, shares.append)
    assert opened == {"0.edf": 1, "1.edf": 1}
    assert shares == [0.5, 1.0]
    SignalCache(tmp_path / "cache", Config()).fill(recordings, shares.append)
    assert opened == {"0.edf": 1, "1.edf": 1}
    assert len(shares) == 2
    # what has changed is conditioned anew, even under its old name
    write(paths[1], 3, seed=7)
    cache = SignalCache(tmp_path / "cache", Config())
    cache.fill(recordings, shares.append)
    assert opened == {"0.edf": 1, "1.edf": 2}
    write(tmp_path / "new.edf", 3, seed=7)
    np.testing.assert_array_equal(
        cache.open(paths[1]).signal, open_cached(tmp_path / "new.edf", tmp_path, Config()).signal
    )


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("conditioning", "mains_hz", 50, "conditioning.mains_hz is 60, expected 50"),
        ("conditioning", "l_freq_hz", 1.0, "conditioning.l_freq_hz is 0.5, expected 1.0"),
        ("montage", "reference", "recorded", "montage.reference is average, expected recorded"),
        ("gaps", "bridge_s", 0.1, "gaps.bridge_s is 0.5, expected 0.1"),
        ("quality", "flat_s", 1.0, "quality.flat_s is 0.5, expected 1.0"),
        ("normalisation", "clip_sigma", 5.0, "normalisation.clip_sigma is 10.0, expected 5.0"),
    ],
)
def test_other_settings_are_named(tmp_path, section, key, value, words):
    SignalCache(tmp_path, Config())
    other = Config.model_validate({section: {key: value}})
    with pytest.raises(CacheError) as error:
        SignalCache(tmp_path, other)
    assert words in str(error.value)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


def test_settings_behind_the_windows_do_not_matter(tmp_path):
    SignalCache(tmp_path, Config())
    SignalCache(
        tmp_path,
        Config.model_validate({"events": {"tau_on": 0.9}, "model": {"preset": "small-cnn"}}),
    )


@pytest.mark.parametrize("text", ["[]", "nonsense", "", "3"])
def test_damaged_description_of_the_cache(tmp_path, text):
    (tmp_path / "cache.json").write_text(text)
    with pytest.raises(CacheError, match=f"^{tmp_path}: ") as error:
        SignalCache(tmp_path, Config())
    assert "\n" not in str(error.value)


def test_a_file_where_the_cache_should_be(tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(CacheError, match="cannot be used as cache"):
        SignalCache(tmp_path / "cache", Config())


def test_too_small_a_disk(tmp_path, monkeypatch):
    path = write(tmp_path / "x.edf", 3)
    hours = recording("x", folder=tmp_path, duration_s=7200.0)
    cache = SignalCache(tmp_path / "cache", Config())
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 30, 0, 100 << 20))
    with pytest.raises(CacheError) as error:
        cache.fill([hours], silent)
    # 7200 s x 256 Hz x 19 channels x 4.5 bytes, and some to spare
    assert str(error.value) == (
        f"{tmp_path / 'cache'}: 100 MiB free, the conditioned signals need 214 MiB"
    )
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["cache.json"]
    cache.fill([recording("x", folder=path.parent, duration_s=3.0)], silent)


def test_the_estimate_of_the_room_is_what_it_takes(tmp_path):
    path = write(tmp_path / "x.edf", 64)
    open_cached(path, tmp_path, Config())
    size = sum(each.stat().st_size for each in (tmp_path / "cache").glob("*.npy"))
    assert size == pytest.approx(64 * 256 * 19 * 4.5, rel=0.01)


@pytest.mark.parametrize("part", ["-signal.npy", "-mean.npy", "-std.npy", ".json"])
@pytest.mark.parametrize("harm", ["empty", "truncated", "missing", "swapped"])
def test_damaged_entry(tmp_path, part, harm):
    path = write(tmp_path / "x.edf", 3)
    open_cached(path, tmp_path, Config())
    (entry,) = (each for each in (tmp_path / "cache").glob(f"*{part}") if each.stem != "cache")
    if harm == "missing":
        entry.unlink()
    elif harm == "swapped":
        if part == ".json":
            record = json.loads(entry.read_text())
            record["segments"][0]["n_samples"] += 1000
            entry.write_text(json.dumps(record))
        else:
            np.save(entry, np.zeros((19, 5), np.float32))
    else:
        content = entry.read_bytes()
        entry.write_bytes(content[: len(content) // 2] if harm == "truncated" else b"")
    with pytest.raises(CacheError, match=r"damaged entry of .*x\.edf; delete it") as error:
        SignalCache(tmp_path / "cache", Config()).open(path)
    # the file that is named is what has to go
    named = error.value.args[0].split(": damaged")[0]
    Path(named).unlink(missing_ok=True)
    open_cached(path, tmp_path, Config())


def test_incomplete_and_missing_recordings_are_refused(tmp_path):
    path = write(tmp_path / "x.edf", 3)
    path.write_bytes(path.read_bytes()[:-1000])
    cache = SignalCache(tmp_path / "cache", Config())
    with pytest.raises(RecordingError, match=r"x\.edf: incomplete, not for training"):
        cache.fill([recording("x", folder=tmp_path)], silent)
    with pytest.raises(RecordingError, match=r"y\.edf: cannot be read"):
        cache.fill([recording("y", folder=tmp_path)], silent)


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    path = write(tmp_path / "x.edf", 3)

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(CacheError, match=r"cannot be written \(No space left on device"):
        open_cached(path, tmp_path, Config())
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["cache.json"]
