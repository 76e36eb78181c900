from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.ecg.synth import KINDS, NOISES, Noise, synthesize
from bedside.errors import DataError
from bedside.records import LEADS


def make(kind: str, seed: int = 0, **options):
    return synthesize(kind, rng=np.random.default_rng(seed), subject_id="s", record_name="r", **options)


def test_same_seed_gives_the_same_record_and_another_seed_does_not():
    first, second, other = (make("atrial_fibrillation", seed) for seed in (3, 3, 4))
    assert np.array_equal(first.record.signals_mv, second.record.signals_mv)
    assert first.truth == second.truth
    assert not np.allclose(first.record.signals_mv, other.record.signals_mv)


@pytest.mark.parametrize("kind", KINDS)
def test_holds_twelve_finite_leads_of_the_asked_length(kind):
    made = make(kind, duration_s=7.5, sampling_rate_hz=250)
    assert made.record.leads == LEADS
    assert made.record.signals_mv.shape == (12, 1875)
    assert made.record.signals_mv.dtype == np.float64
    assert made.record.source == "synthetic"
    assert np.isfinite(made.record.signals_mv).all()
    assert 0.3 < np.abs(made.record.signals_mv).max() < 6
    assert made.truth.kind == kind


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS), noise=st.sampled_from([None, *NOISES.values()]), seed=st.integers(0, 2**32)
)
def test_limb_leads_obey_einthoven_and_goldberger_with_any_noise(kind, noise, seed):
    i, ii, iii, avr, avl, avf = make(kind, seed, noise=noise).record.signals_mv[:6]
    np.testing.assert_allclose(i + iii - ii, 0, atol=1e-9)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-9)
    np.testing.assert_allclose(avl, (i - iii) / 2, atol=1e-9)
    np.testing.assert_allclose(avf, (ii + iii) / 2, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_another_sampling_rate_looks_at_the_same_signal(kind):
    """What differs is where a flank is cut off, below 0.1 µV."""
    for noise in (None, Noise(motion_mv=0.5, lost_lead="V2")):
        fine = make(kind, 5, sampling_rate_hz=1000, noise=noise)
        for rate in (100, 200, 250, 500):
            coarse = make(kind, 5, sampling_rate_hz=rate, noise=noise)
            same = fine.record.signals_mv[:, :: 1000 // rate]
            np.testing.assert_allclose(coarse.record.signals_mv, same, atol=2e-4)
            assert coarse.truth == fine.truth


def test_an_odd_sampling_rate_too():
    fine, odd = (make("normal_sinus_rhythm", 1, sampling_rate_hz=hz) for hz in (1000, 257))
    times = np.arange(fine.record.signals_mv.shape[1]) / 1000
    for one, other in zip(fine.record.signals_mv, odd.record.signals_mv, strict=True):
        between = np.interp(np.arange(other.size) / 257, times, one)
        assert np.abs(between - other)[:-2].max() < 0.02


def test_noise_leaves_the_heart_as_it_is():
    quiet, noisy = (make("atrial_flutter", 7, noise=noise) for noise in (None, Noise(muscle_mv=0.02)))
    assert quiet.truth.beats == noisy.truth.beats
    difference = noisy.record.signals_mv - quiet.record.signals_mv
    assert 0.005 < np.std(np.diff(difference, axis=1)) < 0.05


def test_subjects_differ():
    """No two hearts, chests and P waves are alike: every lead's R, QRS, QT and PR vary."""
    made = [make("normal_sinus_rhythm", seed) for seed in range(40)]
    peaks = np.array([np.percentile(item.record.signals_mv, 99.5, axis=1) for item in made])
    assert (peaks.std(axis=0) / peaks.mean(axis=0) > 0.12).all()
    for name, least in (("qrs_ms", 4), ("qt_ms", 15), ("pr_ms", 10), ("axis_deg", 10)):
        assert np.std([getattr(item.truth, name) for item in made]) > least


def test_unknown_kind_names_what_can_be_made_and_what_is_near():
    with pytest.raises(DataError, match=r"torsades.*\n.*sinus_bradycardia"):
        make("torsades")
    with pytest.raises(DataError, match=r"did you mean 'atrial_flutter'"):
        make("atrial_fluter")


@pytest.mark.parametrize(
    "options",
    [
        {"duration_s": 0},
        {"duration_s": -1},
        {"duration_s": float("nan")},
        {"duration_s": float("inf")},
        {"duration_s": 1e12},
        {"sampling_rate_hz": 0},
        {"sampling_rate_hz": -500},
        {"sampling_rate_hz": float("nan")},
        {"sampling_rate_hz": 1e15},
    ],
)
def test_impossible_lengths_and_rates_are_refused_at_once(options):
    with pytest.raises(DataError, match=r"give|keep"):
        make("normal_sinus_rhythm", **options)


def test_a_record_too_short_to_show_its_kind_is_refused():
    with pytest.raises(DataError, match="6 s or more"):
        make("av_block_mobitz_1", duration_s=4)
    assert make("normal_sinus_rhythm", duration_s=1.0).record.duration_s == 1.0
