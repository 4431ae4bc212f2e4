import mne
import numpy as np
import pytest

from core.config import MontageConfig
from core.electrodes import ELECTRODES, electrode_positions
from core.errors import MontageError, SignalError
from core.montage import Montage, plan_montage
from core.types import Chunk

RECORDED = MontageConfig(reference="recorded")
AVERAGE = MontageConfig()
CHB_MIT = [
    "FP1-F7", "F7-T7", "T7-P7", "P7-O1", "FP1-F3", "F3-C3", "C3-P3", "P3-O1",
    "FP2-F4", "F4-C4", "C4-P4", "P4-O2", "FP2-F8", "F8-T8", "T8-P8", "P8-O2",
    "FZ-CZ", "CZ-PZ", "P7-T7", "T7-FT9", "FT9-FT10", "FT10-T8",
]  # fmt: skip
MODERN = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}


def _apply(ch_names, data, config=RECORDED, valid=None):
    plan = plan_montage(ch_names, config)
    montage = Montage(plan, ch_names, 256.0)
    (out,) = montage.push(Chunk(np.asarray(data, dtype=np.float32), 0, valid))
    return out


def _rng_data(n_channels, n=50, seed=0):
    return np.random.default_rng(seed).normal(0, 50, (n_channels, n)).astype(np.float32)


def _potentials(names, seed=0):
    values = _rng_data(len(names), seed=seed).astype(np.float64)
    return dict(zip(names, values, strict=True))


def test_channels_are_put_in_order():
    names = ["ECG", *reversed(ELECTRODES), "Oz"]
    data = _rng_data(len(names))
    out = _apply(names, data)
    np.testing.assert_array_equal(out.data, data[19:0:-1])
    assert out.data.dtype == np.float32


def test_prefixes_suffixes_and_modern_names():
    names = [f"EEG {MODERN.get(name, name).upper()}-LE" for name in ELECTRODES]
    data = _rng_data(19)
    np.testing.assert_array_equal(_apply(names, data).data, data)


def test_average_reference_sums_to_zero():
    data = _rng_data(19) + 300
    out = _apply(ELECTRODES, data, AVERAGE)
    np.testing.assert_allclose(out.data.sum(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(out.data, data - data.mean(axis=0), atol=1e-4)


def test_a_missing_electrode_is_named():
    names = [name for name in ELECTRODES if name not in ("Pz", "T3")]
    with pytest.raises(MontageError, match="missing electrodes: T3, Pz"):
        plan_montage(names, AVERAGE)
    with pytest.raises(MontageError, match=r"missing electrode: Pz \(the 19 channels are Fp1, "):
        plan_montage([name if name != "Pz" else "X1" for name in ELECTRODES], AVERAGE)


@pytest.mark.parametrize("again", ["Cz", "EEG CZ-REF", "T7"])
def test_a_doubled_channel_must_have_the_same_content(again):
    names = (*ELECTRODES, again)
    original = ELECTRODES.index("T3" if again == "T7" else "Cz")
    data = _rng_data(20)
    data[19] = data[original]
    np.testing.assert_array_equal(_apply(names, data).data, data[:19])
    data[19, 7] += 0.5
    with pytest.raises(MontageError, match=f"no. {original + 1}.*{again} .no. 20.*different"):
        _apply(names, data)


def test_a_doubled_channel_that_is_not_used_does_not_matter():
    data = _rng_data(21)
    np.testing.assert_array_equal(_apply((*ELECTRODES, "Oz", "Oz"), data).data, data[:19])


def test_doubled_bipolar_channels():
    names = [*CHB_MIT, "T8-P8"]
    data = _rng_data(len(names))
    data[-1] = data[CHB_MIT.index("T8-P8")]
    _apply(names, data)
    data[-1, 0] += 1
    with pytest.raises(MontageError, match="T8-P8"):
        _apply(names, data)


@pytest.mark.parametrize("missing", [["Pz"], ["Fz", "Pz"], ["T3", "C4", "O2"]])
def test_interpolation_agrees_with_mne(missing):
    rng = np.random.default_rng(4)
    places = electrode_positions()
    data = 30 * np.tanh(places @ rng.normal(size=(3, 400)) + 0.3 * rng.normal(size=400))
    head = mne.channels.make_dig_montage(
        dict(zip(ELECTRODES, 0.095 * places, strict=True)), coord_frame="head"
    )
    info = mne.create_info(list(ELECTRODES), 256.0, "eeg", verbose="error")
    raw = mne.io.RawArray(data * 1e-6, info, verbose="error").set_montage(head)
    raw.info["bads"] = missing
    raw.interpolate_bads(origin=(0.0, 0.0, 0.0), verbose="error")
    expected = raw.get_data() * 1e6

    kept = [name for name in ELECTRODES if name not in missing]
    config = MontageConfig(missing="interpolate", reference="recorded")
    out = _apply(kept, data[[ELECTRODES.index(name) for name in kept]], config)
    for i, name in enumerate(ELECTRODES):
        if name in missing:
            np.testing.assert_allclose(out.data[i], expected[i], atol=0.01)
            assert np.corrcoef(out.data[i], data[i])[0, 1] > 0.9, name
        else:
            np.testing.assert_allclose(out.data[i], data[i], rtol=1e-6)
    assert plan_montage(kept, config).notes == (f"interpolated: {', '.join(missing)}",)


def test_interpolation_reproduces_a_constant():
    kept = [name for name in ELECTRODES if name not in ("Fz", "Pz")]
    config = MontageConfig(missing="interpolate", reference="recorded")
    out = _apply(kept, np.full((17, 4), 25.0), config)
    np.testing.assert_allclose(out.data, 25.0, rtol=1e-4)


def test_more_than_three_cannot_be_interpolated():
    config = MontageConfig(missing="interpolate")
    with pytest.raises(MontageError, match=r"4 electrodes missing \(Fp1, F3, C3, P3\); at most 3"):
        plan_montage(ELECTRODES[4:], config)
    assert plan_montage(ELECTRODES[3:], config).notes == ("interpolated: Fp1, F3, C3",)


def _bipolar(pairs, seed=0):
    potentials = _potentials((*ELECTRODES, "FT9", "FT10"), seed)
    classic = {modern: name for name, modern in MODERN.items()}
    by_upper = {name.upper(): value for name, value in potentials.items()}
    by_upper |= {modern: potentials[name] for modern, name in classic.items()}
    ends = [pair.split("-") for pair in pairs]
    return potentials, np.array([by_upper[a] - by_upper[b] for a, b in ends]), by_upper


def _differences_of(out, pairs):
    by_upper = {name.upper(): out.data[i].astype(float) for i, name in enumerate(ELECTRODES)}
    by_upper |= {modern: by_upper[name] for name, modern in MODERN.items()}
    ends = [pair.split("-") for pair in pairs]
    kept = [i for i, (a, b) in enumerate(ends) if a in by_upper and b in by_upper]
    return kept, np.array([by_upper[ends[i][0]] - by_upper[ends[i][1]] for i in kept])


@pytest.mark.parametrize("config", [RECORDED, AVERAGE])
@pytest.mark.parametrize("linked", [True, False])
def test_bipolar_differences_are_reproduced(config, linked):
    pairs = CHB_MIT if linked else CHB_MIT[:18]
    _, data, _ = _bipolar(pairs)
    out = _apply(pairs, data, config)
    kept, differences = _differences_of(out, pairs)
    assert len(kept) == (19 if linked else 18)
    np.testing.assert_allclose(differences, data[kept], atol=1e-4)
    if config is AVERAGE:
        np.testing.assert_allclose(out.data.sum(axis=0), 0, atol=1e-3)
    notes = plan_montage(pairs, config).notes
    assert notes == (f"electrode potentials derived from {len(pairs)} bipolar channels",)


def test_the_links_tie_left_to_right():
    _, data, by_upper = _bipolar(CHB_MIT)
    out = _apply(CHB_MIT, data)
    row = {name: out.data[i].astype(float) for i, name in enumerate(ELECTRODES)}
    np.testing.assert_allclose(row["T3"] - row["T4"], by_upper["T7"] - by_upper["T8"], atol=1e-4)
    # all lateral electrodes differ from the truth by one and the same signal
    lateral = [name for name in ELECTRODES if not name.endswith("z")]
    shift = np.array([row[name] - by_upper[name.upper()] for name in lateral])
    np.testing.assert_allclose(shift - shift[0], 0, atol=1e-4)


@pytest.mark.parametrize("pairs", [CHB_MIT, CHB_MIT[:18]])
def test_the_midline_agrees_with_its_neighbours(pairs):
    _, data, _ = _bipolar(pairs)
    row = dict(zip(ELECTRODES, _apply(pairs, data).data.astype(float), strict=True))
    midline = np.mean([row[name] for name in ("Fz", "Cz", "Pz")], axis=0)
    neighbours = np.mean([row[name] for name in ("F3", "F4", "C3", "C4", "P3", "P4")], axis=0)
    np.testing.assert_allclose(midline, neighbours, atol=1e-4)


def test_bipolar_is_the_minimum_norm_solution():
    _, data, _ = _bipolar(CHB_MIT[:16])  # the two lateral halves alone
    names = CHB_MIT[:16]
    with pytest.raises(MontageError, match="Fz, Cz, Pz"):
        plan_montage(names, RECORDED)
    out = _apply(names, data, MontageConfig(missing="interpolate", reference="recorded"))
    left = [ELECTRODES.index(name) for name in ["Fp1", "F3", "C3", "P3", "F7", "T3", "T5", "O1"]]
    np.testing.assert_allclose(out.data[left].mean(axis=0), 0, atol=1e-4)


def test_the_direction_of_a_pair_does_not_matter():
    turned = ["-".join(reversed(name.split("-"))) for name in CHB_MIT]
    _, data, _ = _bipolar(CHB_MIT)
    np.testing.assert_allclose(_apply(turned, -data).data, _apply(CHB_MIT, data).data, atol=1e-4)


def test_referential_channels_go_before_bipolar_ones():
    names = (*ELECTRODES, *CHB_MIT)
    data = _rng_data(len(names))
    np.testing.assert_array_equal(_apply(names, data).data, data[:19])


def test_an_electrode_is_invalid_where_its_own_channel_is():
    valid = np.ones((20, 50), dtype=np.bool_)
    valid[3, 10:20] = False
    valid[19] = False  # not used
    out = _apply((*ELECTRODES, "ECG"), _rng_data(20), AVERAGE, valid)
    np.testing.assert_array_equal(out.valid, valid[:19])


def test_bipolar_electrodes_are_invalid_where_a_channel_that_names_them_is():
    valid = np.ones((22, 50), dtype=np.bool_)
    valid[CHB_MIT.index("FP1-F7"), :5] = False
    out = _apply(CHB_MIT, _rng_data(22), AVERAGE, valid)
    touched = {name for i, name in enumerate(ELECTRODES) if not out.valid[i, :5].any()}
    assert touched == {"Fp1", "F7"}
    assert out.valid[:, 5:].all()


def test_values_that_are_no_number_are_refused():
    data = _rng_data(20)
    data[19, 3] = np.nan  # ECG: not used
    names = (*ELECTRODES, "ECG")
    _apply(names, data)
    data[9, 25] = np.inf
    with pytest.raises(SignalError, match=r"channel Cz: value inf at 0\.098 s is not a number"):
        _apply(names, data)


def test_another_number_of_channels_is_refused():
    montage = Montage(plan_montage(ELECTRODES, AVERAGE), ELECTRODES, 256.0)
    with pytest.raises(MontageError, match="18 channels arrived where 19 were announced"):
        montage.push(Chunk(_rng_data(18), 0))
