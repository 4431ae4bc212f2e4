"""The shallow classifier: shapes, what it sees, and going on behind a layer."""

import pytest
import torch

from core.model.presets import ShallowCnnPreset
from core.model.shallow_cnn import BandPass, ShallowCnn, Spectrogram

INPUTS = ("raw", "band-passed", "spectrogram")


def network(input_type="raw", segment_samples=512):
    torch.manual_seed(0)
    return ShallowCnn(ShallowCnnPreset("x", input_type, segment_samples)).eval()


def tone(hz, n=512):
    return torch.sin(2 * torch.pi * hz * torch.arange(n) / 256).expand(1, 19, n)


@pytest.mark.parametrize("input_type", INPUTS)
@pytest.mark.parametrize("seconds", [1, 2, 3, 4])
def test_one_logit_a_segment(input_type, seconds):
    n = seconds * 256
    cnn = network(input_type, n)
    x = torch.randn(2, 19, 3 * n)
    with torch.inference_mode():
        logits = cnn(x)
        alone = cnn.segment_logits(x[1:, :, n : 2 * n])
    assert logits.shape == (2, 3 * n)
    # each segment is judged by itself, and all of its samples say the same
    assert torch.allclose(logits[1, n : 2 * n], alone.expand(n), atol=1e-5)


@pytest.mark.parametrize("input_type", INPUTS)
def test_every_layer_can_be_resumed(input_type):
    cnn = network(input_type)
    outputs = {}
    for name, layer in cnn.layers().items():
        layer.register_forward_hook(lambda _m, _i, out, name=name: outputs.update({name: out}))
    with torch.inference_mode():
        logits = cnn.segment_logits(torch.randn(3, 19, 512))
        kept = dict(outputs)
        assert list(kept) == ["conv1", "conv2", "conv3", "dense"]
        for name, output in kept.items():
            assert (output >= 0).all()
            assert torch.allclose(cnn.resume(name, output), logits, atol=1e-5), name


def test_refuses_what_is_no_whole_segment():
    with pytest.raises(ValueError, match="multiple of 512"):
        network()(torch.zeros(1, 19, 600))


@pytest.mark.parametrize(("hz", "gain"), [(1, 0.1), (12, 1.0), (60, 0.02)])
def test_band_pass(hz, gain):
    out = BandPass((3.0, 30.0))(tone(hz))
    amplitude = float(out[0, 0, 150:-150].abs().max())
    if gain == 1.0:
        assert amplitude == pytest.approx(1, abs=0.05)
    else:
        assert amplitude < gain


def test_spectrogram_rows_are_frequencies():
    spectrogram = Spectrogram(128, 32, 40.0)
    hz = spectrogram.frequencies_hz()
    assert (hz[0], hz[-1]) == (2.0, 40.0)
    rows = spectrogram(tone(10)).view(19, len(hz), -1)
    assert hz[int(rows[3].mean(-1).argmax())] == 10.0


def test_learns_with_the_gradient_through_every_input():
    for input_type in INPUTS:
        cnn = network(input_type).train()
        cnn(torch.randn(4, 19, 512)).mean().backward()
        assert all(torch.isfinite(p.grad).all() for p in cnn.parameters())
