"""Which weights a choice means."""

from pathlib import Path

from core.model.builtin import builtin_weights, weights_file


def test_a_file_means_itself():
    assert weights_file(Path("mine.safetensors"), "vigil-13m") == Path("mine.safetensors")


def test_untrained_means_none():
    assert weights_file(Path("untrained"), "vigil-13m") is None


def test_no_choice_means_the_built_in_ones():
    assert weights_file(None, "vigil-13m") == builtin_weights("vigil-13m")


def test_a_network_without_built_in_weights():
    assert builtin_weights("small-cnn") is None
