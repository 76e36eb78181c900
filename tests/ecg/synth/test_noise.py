from __future__ import annotations

import numpy as np
import pytest

from bedside.ecg.synth import NOISES, Noise, synthesize
from bedside.errors import DataError
from ecg_measuring import lead

SEEDS = range(12)


def added(noise: Noise, seed: int = 0, **options) -> np.ndarray:
    """Return what `noise` adds to a record, shape (12, samples)."""
    noisy, quiet = (
        synthesize(
            "normal_sinus_rhythm",
            rng=np.random.default_rng(seed),
            subject_id="s",
            record_name="r",
            noise=which,
            **options,
        ).record.signals_mv
        for which in (noise, None)
    )
    return noisy - quiet


def power(signals: np.ndarray, low_hz: float, high_hz: float, rate: float = 500) -> float:
    spectrum = np.abs(np.fft.rfft(signals, axis=1)) ** 2
    frequencies = np.fft.rfftfreq(signals.shape[1], 1 / rate)
    return float(spectrum[:, (frequencies >= low_hz) & (frequencies <= high_hz)].sum() / spectrum.sum())


def test_default_noise_is_small_but_there():
    for seed in SEEDS:
        extra = added(Noise(), seed)
        assert 0.005 < extra.std() < 0.1
        fast = np.std(np.diff(extra, axis=1))
        assert 0.003 < fast < 0.03


def test_wander_is_slow():
    for seed in SEEDS:
        assert power(added(Noise(wander_mv=0.3, muscle_mv=0, mains_mv=0), seed), 0, 0.7) > 0.95


@pytest.mark.parametrize("hertz", [50, 60])
def test_mains_hum_has_its_frequency(hertz):
    hum = added(Noise(wander_mv=0, muscle_mv=0, mains_mv=0.1, mains_hz=hertz))
    assert power(hum, hertz - 0.2, hertz + 0.2) > 0.99
    assert 0.03 < np.abs(hum).max() < 0.5


def test_muscle_noise_is_broad_has_its_size_and_stays_in_the_band_of_a_recorder():
    noise = added(Noise(wander_mv=0, muscle_mv=0.05, mains_mv=0), 1)
    assert power(noise, 20, 150) > 0.6
    assert power(noise, 200, 250) < 0.02
    # A limb lead is the difference of two electrodes; a chest lead is one against the mean of three.
    assert noise[0].std() == pytest.approx(0.05 * np.sqrt(2), rel=0.1)
    assert noise[8].std() == pytest.approx(0.05 * np.sqrt(4 / 3), rel=0.1)


def test_motion_is_a_few_bumps():
    for seed in SEEDS:
        bumps = added(Noise(wander_mv=0, muscle_mv=0, mains_mv=0, motion_mv=1.0), seed)
        assert 0.1 < np.abs(bumps).max() < 3
        assert (np.abs(bumps).max(axis=0) < 0.05).mean() > 0.05
        assert np.abs(np.diff(bumps, axis=1)).max() < 0.06  # no edges


@pytest.mark.parametrize("name", ["I", "II", "V1", "V6"])
def test_a_lost_electrode_leaves_its_lead_at_the_rail_for_a_while(name):
    for seed in SEEDS:
        made = synthesize(
            "normal_sinus_rhythm",
            rng=np.random.default_rng(seed),
            subject_id="s",
            record_name="r",
            noise=Noise(lost_lead=name),
        )
        signal = lead(made.record, name)
        at_rail = np.flatnonzero(np.abs(signal) == 5.0)
        assert 500 <= at_rail.size <= 2000
        assert np.ptp(at_rail) == at_rail.size - 1  # one stretch
        assert np.ptp(signal[at_rail]) == 0
        others = [row for row in made.record.leads if row[0] == "V" and row != name]
        assert all(np.abs(lead(made.record, other)).max() < 4 for other in others)


def test_swapped_arms_invert_i_and_exchange_the_others():
    options = {"subject_id": "s", "record_name": "r"}
    for seed in SEEDS:
        right, swapped = (
            synthesize(
                "normal_sinus_rhythm",
                rng=np.random.default_rng(seed),
                noise=Noise(arms_swapped=flag),
                **options,
            ).record
            for flag in (False, True)
        )
        np.testing.assert_allclose(lead(swapped, "I"), -lead(right, "I"), atol=1e-12)
        for one, other in (("II", "III"), ("aVR", "aVL"), ("aVF", "aVF"), ("V1", "V1"), ("V6", "V6")):
            np.testing.assert_allclose(lead(swapped, one), lead(right, other), atol=1e-12)
            np.testing.assert_allclose(lead(swapped, other), lead(right, one), atol=1e-12)


@pytest.mark.parametrize("name", NOISES)
def test_each_kind_of_noise_can_be_seen(name):
    assert np.abs(added(NOISES[name], 3) - added(Noise(), 3)).max() > 0.08


@pytest.mark.parametrize("options", [{"wander_mv": -1}, {"muscle_mv": float("nan")}, {"motion_mv": 1e9}])
def test_impossible_sizes_are_refused(options):
    with pytest.raises(DataError, match="from 0 to 10 mV"):
        Noise(**options)


def test_a_lead_without_an_electrode_of_its_own_cannot_be_lost():
    with pytest.raises(DataError, match=r"aVF.*\n.*V1"):
        Noise(lost_lead="aVF")
