import numpy as np
import pytest
from scipy import signal

from core.conditioning import Conditioner
from core.config import BLOCK_SAMPLES, Config
from core.electrodes import ELECTRODES
from core.errors import MontageError, SignalError
from core.filters import design_band_pass, design_notch
from core.stream import concatenate
from core.types import Chunk, Gap, Quality, QualityReport, StreamInfo

CONFIG = Config()


def _info(sfreq=256.0, ch_names=ELECTRODES):
    return StreamInfo(tuple(ch_names), sfreq)


def _noise(seconds, sfreq=256.0, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 30, (19, round(seconds * sfreq))).astype(np.float32)


def _sorted_out(outputs):
    blocks = [out for out in outputs if isinstance(out, Chunk)]
    gaps = [out for out in outputs if isinstance(out, Gap)]
    reports = [out for out in outputs if isinstance(out, QualityReport)]
    return blocks, gaps, reports


def test_whole_chain_equals_scipy_on_the_whole_signal():
    data = _noise(8) + 100
    conditioner = Conditioner(_info(), CONFIG)
    blocks, gaps, reports = _sorted_out([*conditioner.push(Chunk(data, 0)), *conditioner.flush()])
    assert {block.n_samples for block in blocks} == {BLOCK_SAMPLES}
    assert gaps == []
    assert len(reports) == 8
    x = data.astype(np.float64)
    x -= x.mean(axis=0)
    for design in (design_band_pass, design_notch):
        sos = design(CONFIG.conditioning)
        zi = signal.sosfilt_zi(sos)[:, None, :] * x[None, :, :1]
        x, _ = signal.sosfilt(sos, x, axis=1, zi=zi)
    np.testing.assert_allclose(concatenate(blocks).data, x, atol=1e-3)


@pytest.mark.parametrize("sfreq", [256.0, 500.0, 200.0])
def test_blocks_cover_the_recording(sfreq):
    conditioner = Conditioner(_info(sfreq), CONFIG)
    chunk = Chunk(_noise(5.1, sfreq), 0)
    blocks, _, _ = _sorted_out([*conditioner.push(chunk), *conditioner.flush()])
    joined = concatenate(blocks)
    assert joined.start_sample == 0
    assert joined.n_samples == pytest.approx(5.1 * 256, abs=1)


@pytest.mark.parametrize("sfreq", [256.0, 500.0, 200.0, 249.98])
def test_a_gap_restarts_the_filters_and_the_clock_stays_right(sfreq):
    first, second = _noise(3, sfreq, 1) + 500, _noise(3, sfreq, 2) - 900
    begin = first.shape[1] + round(2.5 * sfreq)
    conditioner = Conditioner(_info(sfreq), CONFIG)
    out = [*conditioner.push(Chunk(first, 0)), *conditioner.push(Chunk(second, begin))]
    out += conditioner.flush()
    _, (gap,), _ = _sorted_out(out)
    at = out.index(gap)
    before = concatenate([b for b in out[:at] if isinstance(b, Chunk)])
    after = concatenate([b for b in out[at:] if isinstance(b, Chunk)])
    assert (gap.start_sample, gap.stop_sample) == (before.stop_sample, after.start_sample)
    assert after.start_sample / 256 == pytest.approx(begin / sfreq, abs=0.5 / 256)

    alone = Conditioner(_info(sfreq), CONFIG)
    expected, _, _ = _sorted_out([*alone.push(Chunk(second, begin)), *alone.flush()])
    np.testing.assert_array_equal(after.data, concatenate(expected).data)


@pytest.mark.parametrize("sfreq", [200.0, 256.0, 499.907, 1000.0, 2048.0])
def test_indices_never_go_back_at_the_shortest_gap(sfreq):
    config = Config.model_validate({"gaps": {"bridge_s": 0.01}})
    missing = round(0.01 * sfreq) + 1
    for n in range(400, 440):
        conditioner = Conditioner(_info(sfreq), config)
        out = conditioner.push(Chunk(_noise(1, sfreq)[:, :n], 0))
        out += conditioner.push(Chunk(_noise(0.1, sfreq), min(n, round(sfreq)) + missing))
        _, (gap,), _ = _sorted_out(out)
        assert gap.stop_sample > gap.start_sample


def test_a_short_gap_is_bridged_and_marked():
    data = _noise(4)
    conditioner = Conditioner(_info(), CONFIG)
    out = conditioner.push(Chunk(data[:, :500], 0))
    out += conditioner.push(Chunk(data[:, 600:], 600))
    blocks, gaps, _ = _sorted_out([*out, *conditioner.flush()])
    valid = concatenate(blocks).validity()
    assert gaps == []
    assert not valid[:, 500:600].any()
    assert valid[:, :500].all()
    assert valid[:, 600:].all()


def test_a_flat_channel_is_marked_and_reported():
    data = _noise(4)
    data[4] = 0
    conditioner = Conditioner(_info(), CONFIG)
    blocks, _, reports = _sorted_out([*conditioner.push(Chunk(data, 0)), *conditioner.flush()])
    valid = concatenate(blocks).validity()
    assert not valid[4, 127:].any()
    assert np.delete(valid, 4, axis=0).all()
    assert all(report.flags[4] is Quality.FLAT for report in reports)
    assert all(report.ch_names == ELECTRODES for report in reports)


def test_bad_sources_are_refused_at_once():
    with pytest.raises(MontageError, match="missing electrode: O2"):
        Conditioner(_info(ch_names=ELECTRODES[:-1]), CONFIG)
    with pytest.raises(SignalError, match="99 Hz"):
        Conditioner(_info(99.0), CONFIG)


def test_notes_say_what_was_done():
    config = Config.model_validate({"montage": {"missing": "interpolate"}})
    assert Conditioner(_info(ch_names=ELECTRODES[:-1]), config).notes == ("interpolated: O2",)
    assert Conditioner(_info(), CONFIG).notes == ()
