from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.ecg.leads import LIMB_LEADS, complete, standard_name, standardize
from bedside.errors import DataError
from bedside.records import LEADS

SPELLINGS = {
    "I": [
        "i",
        "Lead I",
        "lead_i",
        "LeadI",
        "ECG I",
        "ECG-I",
        "Einthoven I",
        "Lead I (Einthoven)",
        "DI",
        "D1",
    ],
    "II": [" II ", "ii", "MDC_ECG_LEAD_II", "MDC_ECG_ELEC_POTL_II", "ecg lead II", "EKG:II", "II lead", "Ⅱ"],
    "III": ["iii", "DIII", "lead-III", "Limb lead III", "einthoven_iii"],
    "aVR": [
        "AVR",
        "avr",
        "aVr",
        "AvR",
        "aV R",
        "aV-R",
        "a VR",
        "aVR, augmented voltage, right",
        "MDC_ECG_LEAD_AVR",
    ],
    "aVL": ["AVL", "Goldberger aVL", "lead aVL", "aVL (Goldberger)"],
    "aVF": ["AVF", "MDC_ECG_LEAD_aVF", "aVF, augmented voltage, foot"],
    "V1": [
        "v1",
        "V01",
        "C01",
        "V1 (mV)",
        "V1 [µV]",
        "V1(uV)",
        "C1",
        "c1",
        "V 1",
        "V_1",
        "MDC_ECG_LEAD_V1",
        "Wilson V1",
        "Chest V1",
    ],
    "V6": ["C6", "ECG V6", "lead.V6"],
}
UPSIDE_DOWN = [
    "-aVR",
    "aVR-",
    "aVR −",
    "−aVR",
    "–AVR",
    "- aVR",
    "aVR neg",
    "aVR (neg)",
    "MDC_ECG_LEAD_AVRneg",
    "Lead -aVR",
    "ECG -aVR",
]
OTHERS = [
    *(
        "MLII",
        "ML2",
        "MCL1",
        "vx",
        "vy",
        "V",
        "VR",
        "V7",
        "V0",
        "V001",
        "V07",
        "V1 (kPa)",
        "V3R",
        "V10",
        "CM5",
        "PLETH",
        "RESP",
        "ABP",
    ),
    *(
        "",
        "-",
        "lead",
        "ECG",
        "ECG1",
        "1",
        "2",
        "Lead 1",
        "IV",
        "IIII",
        "D4",
        "aVX",
        "CC1",
        "I II",
        "signal 0",
    ),
]


@pytest.mark.parametrize(
    ("name", "written"), [(name, text) for name, texts in SPELLINGS.items() for text in texts]
)
def test_usual_spellings_are_understood(name, written):
    assert standard_name(written) == (name, 1)


@pytest.mark.parametrize("name", LEADS)
def test_standard_names_stay(name):
    assert standard_name(name) == (name, 1)
    assert standard_name(name.upper()) == standard_name(name.lower()) == (name, 1)


@pytest.mark.parametrize("written", UPSIDE_DOWN)
def test_a_lead_recorded_upside_down_is_known_as_such(written):
    assert standard_name(written) == ("aVR", -1)


@pytest.mark.parametrize("written", OTHERS)
def test_what_only_resembles_a_standard_lead_is_none(written):
    assert standard_name(written) is None


def test_standardize_turns_leads_and_keeps_the_names_of_others():
    signals = np.array([[1.0, np.nan], [2.0, 3.0], [4.0, 5.0]])
    turned, leads = standardize(signals, ["-aVR", "c4", " MLII "])
    assert leads == ("aVR", "V4", "MLII")
    np.testing.assert_array_equal(turned, [[-1.0, np.nan], [2.0, 3.0], [4.0, 5.0]])
    assert signals[0, 0] == 1.0


def _six(i, ii):
    return {
        "I": i,
        "II": ii,
        "III": ii - i,
        "aVR": -(i + ii) / 2,
        "aVL": i - ii / 2,
        "aVF": ii - i / 2,
    }


@given(
    pair=st.sampled_from(list(itertools.permutations(LIMB_LEADS, 2))),
    i=st.lists(st.floats(-10, 10), min_size=1, max_size=20),
    seed=st.integers(0, 1000),
)
def test_any_two_limb_leads_give_the_other_four(pair, i, seed):
    truth = _six(np.array(i), np.random.default_rng([seed]).normal(size=len(i)))
    done = complete(np.stack([truth[name] for name in pair]), pair)
    assert done.leads == LIMB_LEADS
    assert done.derived == set(LIMB_LEADS) - set(pair)
    got = dict(zip(done.leads, done.signals, strict=True))
    for name in LIMB_LEADS:
        np.testing.assert_allclose(got[name], truth[name], rtol=0, atol=1e-9)
    np.testing.assert_allclose(got["I"] + got["III"], got["II"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(got["aVR"] + got["aVL"] + got["aVF"], 0, rtol=0, atol=1e-9)
    for name in pair:
        np.testing.assert_array_equal(got[name], truth[name])


def test_from_i_and_ii_the_equations_hold_exactly():
    done = complete(np.array([[1.0], [3.0]]), ("I", "II"))
    assert dict(zip(done.leads, done.signals[:, 0], strict=True)) == {
        "I": 1.0,
        "II": 3.0,
        "III": 2.0,
        "aVR": -2.0,
        "aVL": -0.5,
        "aVF": 2.5,
    }


def test_a_complete_record_is_handed_on_as_it_is():
    signals = np.arange(24.0).reshape(12, 2)
    done = complete(signals, LEADS)
    assert done.signals is signals
    assert (done.leads, done.derived) == (LEADS, frozenset())


def test_order_is_that_of_the_standard_with_others_behind():
    done = complete(np.arange(4.0)[:, None], ("vz", "V2", "MLII", "V1"))
    assert done.leads == ("V1", "V2", "vz", "MLII")
    np.testing.assert_array_equal(done.signals[:, 0], [3, 1, 0, 2])
    assert not done.derived


def test_one_limb_lead_gives_no_other():
    done = complete(np.ones((2, 3)), ("II", "V1"))
    assert (done.leads, done.derived) == (("II", "V1"), frozenset())


def test_missing_samples_stay_missing():
    done = complete(np.array([[1.0, np.nan, 1.0], [1.0, 1.0, np.nan]]), ("I", "II"))
    assert np.isnan(done.signals[2:]).tolist() == [[False, True, True]] * 4


def test_a_lead_without_any_sample_is_derived_like_a_missing_one_and_not_derived_from():
    done = complete(np.array([[1.0], [np.nan], [2.0]]), ("I", "II", "III"))
    got = dict(zip(done.leads, done.signals[:, 0], strict=True))
    assert (got["II"], got["aVF"]) == (3.0, 2.5)
    assert done.derived == {"II", "aVR", "aVL", "aVF"}
    six = np.array([[1.0, 1], [3, 3], [2, 2], [-2, -2], [np.nan, np.nan], [2.5, np.nan]])
    filled = complete(six, LIMB_LEADS)
    assert filled.derived == {"aVL"}
    np.testing.assert_array_equal(filled.signals[4], [-0.5, -0.5])
    np.testing.assert_array_equal(filled.signals[5], [2.5, np.nan])
    assert np.isnan(six[4]).all()
    alone = complete(np.array([[1.0], [np.nan]]), ("I", "II"))
    assert (alone.leads, alone.derived) == (("I", "II"), frozenset())


def test_two_empty_limb_leads_give_nothing():
    done = complete(np.full((2, 3), np.nan), ("I", "II"))
    assert done.leads == ("I", "II")


def test_a_repeated_lead_counts_once_when_it_is_the_same():
    same = np.array([1.0, np.nan])
    done = complete(np.stack([same, np.zeros(2), same]), ("V1", "V2", "V1"))
    assert done.leads == ("V1", "V2")


def test_a_repeated_lead_that_differs_is_refused():
    with pytest.raises(DataError, match="lead V1 twice, as signals 1 and 3") as caught:
        complete(np.arange(3.0)[:, None], ("V1", "V2", "V1"), file="x.csv")
    assert caught.value.fix
    assert str(caught.value).startswith("x.csv: ")


def test_others_that_share_a_name_are_numbered():
    done = complete(np.arange(4.0)[:, None], ("ECG", "ECG", "ECG 2", "ECG"))
    assert done.leads == ("ECG", "ECG 2", "ECG 2 2", "ECG 3")
    np.testing.assert_array_equal(done.signals[:, 0], range(4))
