import numpy as np
import pytest

from core.display_montage import MAX_ROWS, built_in_montages, load_montages
from core.electrodes import ELECTRODES
from core.errors import ConfigError

BY_NAME = {montage.name: montage for montage in built_in_montages()}
RNG = np.random.default_rng(5)
POTENTIALS = dict(zip(ELECTRODES, RNG.normal(0, 30, (19, 50)), strict=True))
DATA = np.array(list(POTENTIALS.values()), dtype=np.float32)


def mirrored(name: str) -> str:
    digit = name[-1]
    return name if digit == "z" else name[:-1] + str(int(digit) + (1 if int(digit) % 2 else -1))


def test_the_built_in_montages_come_in_a_fixed_order():
    assert list(BY_NAME) == [
        "Referential",
        "Common average",
        "Longitudinal bipolar",
        "Transverse",
        "Circumferential",
        "Laplacian",
    ]


def test_referential_is_what_was_recorded():
    montage = BY_NAME["Referential"]
    assert montage.labels == ELECTRODES
    np.testing.assert_array_equal(montage.weights @ DATA, DATA)


def test_common_average_takes_the_mean_of_all_off():
    montage = BY_NAME["Common average"]
    expected = DATA - DATA.mean(axis=0)
    np.testing.assert_allclose(montage.weights @ DATA, expected, atol=1e-4)
    assert montage.electrodes[0] == ("Fp1",)


@pytest.mark.parametrize("name", ["Longitudinal bipolar", "Transverse", "Circumferential"])
def test_bipolar_rows_are_differences_of_neighbours(name):
    montage = BY_NAME[name]
    assert montage.n_rows == 18
    rows = montage.weights @ DATA
    for label, electrodes, row in zip(montage.labels, montage.electrodes, rows, strict=True):
        anode, cathode = label.split("-")
        assert electrodes == (anode, cathode)
        np.testing.assert_allclose(row, POTENTIALS[anode] - POTENTIALS[cathode], atol=1e-4)


@pytest.mark.parametrize("name", ["Longitudinal bipolar", "Transverse", "Laplacian"])
def test_left_and_right_mirror_each_other(name):
    pairs = {frozenset(row) for row in BY_NAME[name].electrodes}
    assert {frozenset(map(mirrored, pair)) for pair in pairs} == pairs


def test_the_double_banana_has_five_chains():
    montage = BY_NAME["Longitudinal bipolar"]
    assert [montage.labels[row] for row in (0, *montage.chain_starts)] == [
        "Fp1-F7",
        "Fp1-F3",
        "Fz-Cz",
        "Fp2-F4",
        "Fp2-F8",
    ]
    assert set(sum(montage.electrodes, ())) == set(ELECTRODES)


def test_the_laplacian_takes_the_mean_of_the_neighbours_off():
    montage = BY_NAME["Laplacian"]
    row = montage.labels.index("C3-Lap")
    around = np.mean([POTENTIALS[name] for name in ("F3", "T3", "P3", "Cz")], axis=0)
    np.testing.assert_allclose((montage.weights @ DATA)[row], POTENTIALS["C3"] - around, atol=1e-4)
    np.testing.assert_allclose(montage.weights.sum(axis=1), 0, atol=1e-6)


def test_uses_tells_the_electrodes_of_each_row():
    montage = BY_NAME["Longitudinal bipolar"]
    uses = montage.uses()
    assert uses.shape == (18, 19)
    assert [ELECTRODES[i] for i in np.flatnonzero(uses[0])] == ["Fp1", "F7"]


def montage_file(tmp_path, text):
    path = tmp_path / "montages.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_montage_of_ones_own(tmp_path):
    text = '[montage.short]\nchannels = ["fp1-F3", "CZ", "EEG O1-AVG", "T7-P7"]\n'
    (montage,) = load_montages(montage_file(tmp_path, text))
    assert montage.name == "short"
    assert montage.labels == ("Fp1-F3", "Cz", "O1-AVG", "T3-T5")
    rows = montage.weights @ DATA
    np.testing.assert_allclose(rows[0], POTENTIALS["Fp1"] - POTENTIALS["F3"], atol=1e-4)
    np.testing.assert_allclose(rows[1], POTENTIALS["Cz"], atol=1e-4)
    np.testing.assert_allclose(rows[2], POTENTIALS["O1"] - DATA.mean(axis=0), atol=1e-4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[montage.a]\nchannels = ["Fp1-Q3"]\n', 'montage.a: channel "Fp1-Q3" is not made of'),
        ('[montage.a]\nchannels = ["Fp1-Fp1"]\n', 'channel "Fp1-Fp1"'),
        ('[montage.a]\nchannels = ["FT9-F3"]\n', 'channel "FT9-F3"'),
        ('[montage.a]\nchannels = [""]\n', 'channel ""'),
        ('[montage.a]\nchannels = ["Cz", "cz"]\n', "channel Cz is named twice"),
        ("[montage.a]\nchannels = []\n", "montage.a.channels"),
        (f"[montage.a]\nchannels = {['Cz'] * (MAX_ROWS + 1)}\n", "montage.a.channels"),
        ('[montage.a]\nchannel = ["Cz"]\n', "montage.a.channel"),
        ('[montage.transverse]\nchannels = ["Cz"]\n', "already is a montage"),
        ("[montage.a\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_with_a_montage_is_said_in_one_line(tmp_path, text, words):
    path = montage_file(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_montages(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
