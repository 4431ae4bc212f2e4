import numpy as np
import pytest

from core.electrodes import (
    ELECTRODES,
    electrode_positions,
    map_positions,
    parse_electrode,
    parse_pair,
)


def test_order_is_locked():
    assert ELECTRODES == (
        "Fp1", "F3", "C3", "P3", "F7", "T3", "T5", "O1", "Fz", "Cz", "Pz",
        "Fp2", "F4", "C4", "P4", "F8", "T4", "T6", "O2",
    )  # fmt: skip


@pytest.mark.parametrize("name", ELECTRODES)
@pytest.mark.parametrize(
    "form",
    [
        "{}", "EEG {}", "EEG {}-REF", "EEG {}-LE", "EEG {}-AVG", "{}-A1", "{}-A2", "{}-M1",
        " {} ", "EEG {} - Ref", "eeg {}-ref", "EEG{}",
    ],
)  # fmt: skip
def test_spellings(name, form):
    assert parse_electrode(form.format(name)) == name
    assert parse_electrode(form.format(name).upper()) == name
    assert parse_electrode(form.format(name).lower()) == name


@pytest.mark.parametrize(
    ("modern", "classic"), [("T7", "T3"), ("T8", "T4"), ("P7", "T5"), ("P8", "T6")]
)
def test_modern_names(modern, classic):
    assert parse_electrode(f"EEG {modern}-REF") == classic
    assert parse_pair(f"{modern}-Cz") == (classic, "Cz")


@pytest.mark.parametrize(
    "name", ["ECG", "EEG EKG-REF", "Fp3", "", "-", "EEG", "Fp1-F7", "VNS", "EMG-REF", "A1", "C5"]
)
def test_other_channels_are_no_electrode(name):
    assert parse_electrode(name) is None


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("FP1-F7", ("Fp1", "F7")),
        ("T8-P8-0", ("T4", "T6")),
        ("T8-P8-1", ("T4", "T6")),
        ("EEG Fp2-F4", ("Fp2", "F4")),
        ("FT9-FT10", ("FT9", "FT10")),
        ("FZ-CZ", ("Fz", "Cz")),
        ("FP1-REF", None),
        ("T7-T3", None),
        ("--0", None),
        ("ECG", None),
        ("C3-XYZ", None),
    ],
)
def test_pairs(name, pair):
    assert parse_pair(name) == pair


def test_positions_lie_on_the_head():
    positions = dict(zip(ELECTRODES, electrode_positions(), strict=True))
    np.testing.assert_allclose(np.linalg.norm(electrode_positions(), axis=1), 1)
    np.testing.assert_allclose(positions["Cz"], [0, 0, 1], atol=1e-12)
    mirror = np.array([-1, 1, 1])
    pairs = ["Fp1-Fp2", "F3-F4", "C3-C4", "P3-P4", "F7-F8", "T3-T4", "T5-T6", "O1-O2"]
    for left, right in (pair.split("-") for pair in pairs):
        np.testing.assert_allclose(positions[left] * mirror, positions[right], atol=1e-9)
        assert positions[left][0] < 0
    assert positions["Fz"][1] > 0 > positions["Pz"][1]


def test_the_map_has_the_nose_up_and_the_outer_ring_at_one():
    places = dict(zip(ELECTRODES, map_positions(), strict=True))
    np.testing.assert_allclose(places["Cz"], (0, 0), atol=1e-12)
    np.testing.assert_allclose(places["T3"], (-1, 0), atol=1e-12)
    np.testing.assert_allclose(places["C4"], (0.5, 0), atol=1e-12)
    np.testing.assert_allclose(places["Fz"], (0, 0.5), atol=1e-12)
    ring = ("Fp1", "Fp2", "F7", "F8", "T3", "T4", "T5", "T6", "O1", "O2")
    np.testing.assert_allclose([np.linalg.norm(places[name]) for name in ring], 1)
    assert places["O2"][0] > 0 > places["O2"][1]
    # no two dots lie upon each other
    every = np.array(list(places.values()))
    distances = np.linalg.norm(every[:, None] - every[None], axis=-1)
    assert distances[~np.eye(19, dtype=bool)].min() > 0.35
