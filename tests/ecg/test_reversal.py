"""Swapped arm electrodes are suspected where they can be seen, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bedside.ecg.quality import assess
from bedside.ecg.reversal import arm_leads_reversed
from bedside.records import EcgRecord

RATE = 500.0


def wave(at_s: float, width_s: float, height_mv: float) -> np.ndarray:
    time = np.arange(int(RATE)) / RATE
    return height_mv * np.exp(-(((time - at_s) / width_s) ** 2) / 2)


def made(
    *, p_i: float = 0.1, r_i: float = 0.8, p_v6: float = 0.1, r_v6: float = 1.2, ii: float = 1.0
) -> EcgRecord:
    """Ten beats, one a second; the P wave and QRS of I and V6 as given, in mV."""
    rng = np.random.default_rng(2)

    def lead(p: float, r: float) -> np.ndarray:
        beat = (
            wave(0.34, 0.02, p)
            + wave(0.5, 0.01, r)
            + wave(0.525, 0.008, -0.2 * r)
            + wave(0.75, 0.05, 0.2 * r)
        )
        return np.tile(beat, 10) + rng.normal(0, 0.005, 5000)

    first, second, sixth = lead(p_i, r_i), lead(0.15, ii), lead(0.1, r_v6)
    chest = [lead(0.05, -0.5 + 0.3 * number) for number in range(5)]
    limbs = [first, second, second - first, -(first + second) / 2, first - second / 2, second - first / 2]
    return EcgRecord("p", "r", np.stack([*limbs, *chest, sixth]), RATE)


def arms_swapped(record: EcgRecord) -> EcgRecord:
    """Return what the same heart would give with the arm electrodes swapped."""
    first, second, third, right, left, *others = record.signals_mv
    return replace(record, signals_mv=np.stack([-first, third, second, left, right, *others]))


def test_swapped_arms_are_suspected() -> None:
    assert not arm_leads_reversed(made())
    assert arm_leads_reversed(arms_swapped(made()))
    (found,) = assess(arms_swapped(made()))
    assert found.code == "lead_reversal"
    assert found.leads == ("I", "II", "III", "aVR", "aVL")


def test_a_vertical_heart_needs_a_plain_p_wave() -> None:
    assert arm_leads_reversed(arms_swapped(made(r_i=0.5, ii=1.5)))
    assert not arm_leads_reversed(arms_swapped(made(r_i=0.5, ii=1.5, p_i=0.0)))


@pytest.mark.parametrize(
    "heart",
    [
        {"r_i": -0.8},  # right axis: the P wave is upright
        {"r_i": -0.8, "p_i": -0.1, "r_v6": -0.5},  # dextrocardia: V6 is negative
        {"r_i": -0.8, "p_i": -0.1, "r_v6": 0.1},  # dextrocardia: V6 is small
        {"p_i": -0.1},  # ectopic atrial rhythm: the QRS is upright
        {"r_i": -0.1, "p_i": -0.1},  # hardly any QRS in lead I
    ],
)
def test_other_hearts_are_not_suspected(heart: dict[str, float]) -> None:
    assert not arm_leads_reversed(made(**heart))


def test_without_the_leads_it_needs_nothing_is_said() -> None:
    swapped = arms_swapped(made())
    assert not arm_leads_reversed(
        replace(swapped, signals_mv=swapped.signals_mv[:11], leads=swapped.leads[:11])
    )
    assert not arm_leads_reversed(replace(swapped, signals_mv=swapped.signals_mv[:, :900]))
    assert not arm_leads_reversed(replace(swapped, signals_mv=np.zeros((12, 5000))))
    assert not arm_leads_reversed(replace(swapped, signals_mv=np.full((12, 5000), np.nan)))
    assert not arm_leads_reversed(replace(swapped, sampling_rate_hz=1 / 60))


def test_noise_is_no_reversal() -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        noise = replace(made(), signals_mv=rng.normal(0, 0.3, (12, 5000)).cumsum(axis=1) / 20)
        assert not arm_leads_reversed(noise)


def test_real_records(data_dir: Path) -> None:
    from bedside.ecg.readers import read_ecg

    paths = sorted((data_dir / "ecg").glob("cinc2021_*/*.hea"))
    records = [read_ecg(path).record for path in paths]
    assert not any(arm_leads_reversed(record) for record in records)
    assert sum(arm_leads_reversed(arms_swapped(record)) for record in records) >= len(records) / 2
