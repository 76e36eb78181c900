"""Rhythms keep their criteria, record after record."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bedside.ecg.synth import Synthetic, synthesize
from bedside.records import EcgRecord
from ecg_measuring import beat_times_s, inner, lead, measure_beat

SEEDS = range(40)


def records(kind: str, **options) -> list[Synthetic]:
    return [
        synthesize(kind, rng=np.random.default_rng([3, n]), subject_id="s", record_name="r", **options)
        for n in SEEDS
    ]


def clean(kind: str) -> list[Synthetic]:
    return records(kind, noise=None)


def variation(times_s: np.ndarray) -> float:
    return float(np.std(np.diff(times_s)) / np.mean(np.diff(times_s)))


def around(record: EcgRecord, name: str, times_s: list[float], start_s: float, stop_s: float) -> np.ndarray:
    """Cut a lead from `start_s` to `stop_s` around each time, shape (times, samples)."""
    rate = record.sampling_rate_hz
    firsts = [round((time + start_s) * rate) for time in times_s]
    return np.array(
        [lead(record, name)[first : first + round((stop_s - start_s) * rate)] for first in firsts]
    )


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("normal_sinus_rhythm", 60, 100),
        ("sinus_bradycardia", 30, 60),
        ("sinus_tachycardia", 100, 160),
        ("stemi_inferior", 60, 100),
    ],
)
def test_sinus_rhythms_have_their_rate_and_are_regular(kind, low, high):
    for made in records(kind):
        times = beat_times_s(made.record)[1:-1]
        assert low < 60 / np.mean(np.diff(times)) < high
        assert variation(times) < 0.06
        assert low < made.truth.heart_rate_bpm < high


def test_sinus_arrhythmia_swings_by_more_than_120_ms_and_keeps_its_p_waves():
    for made in clean("sinus_arrhythmia"):
        intervals = np.diff(inner(beat_times_s(made.record), made.record))
        assert np.ptp(intervals) > 0.12
        assert np.abs(np.diff(intervals)).max() < 0.45 * intervals.mean()  # it swings, it does not jump
        assert made.truth.pr_ms is not None


def test_atrial_fibrillation_is_irregular_in_every_record():
    found = [
        variation(np.array([beat.time_s for beat in made.truth.beats]))
        for made in clean("atrial_fibrillation")
    ]
    assert min(found) >= 0.15
    assert 0.18 < np.mean(found) < 0.32
    others = [variation(beat_times_s(made.record)[1:-1]) for made in records("normal_sinus_rhythm")]
    assert max(others) < 0.06


def test_intervals_of_fibrillation_follow_no_pattern():
    """The correlation of neighbouring intervals, over all records, is that of independent draws."""
    pairs = [np.diff([beat.time_s for beat in made.truth.beats]) for made in clean("atrial_fibrillation")]
    centered = [part / part.mean() - 1 for part in pairs]
    now = np.concatenate([part[:-1] for part in centered])
    after = np.concatenate([part[1:] for part in centered])
    assert abs(np.corrcoef(now, after)[0, 1]) < 0.25


def test_atrial_fibrillation_has_no_p_wave():
    """Averaged over beats and records the f waves cancel out, and a P wave would stand."""

    def before_qrs(kind: str) -> float:
        levels = []
        for made in clean(kind):
            times = np.array([beat.time_s for beat in made.truth.beats])
            late = times[1:][np.diff(times) > 0.7].tolist()  # so that T is over
            levels.extend(around(made.record, "II", late, -0.26, -0.06))
        return float(np.ptp(np.mean(levels, axis=0)))

    assert before_qrs("normal_sinus_rhythm") > 0.06
    assert before_qrs("atrial_fibrillation") < 0.03
    for made in clean("atrial_fibrillation"):
        assert made.truth.pr_ms is None
        assert not made.truth.p_onsets_s


def test_fibrillatory_waves_lie_between_4_and_9_hz():
    """Where QRS and T are cut out of V1, nearly all that oscillates is in that band."""
    for made in clean("atrial_fibrillation"):
        signal = lead(made.record, "V1").copy()
        keep = np.ones(signal.size, dtype=bool)
        for beat in made.truth.beats:
            first = round((beat.time_s - 0.08) * 500)
            keep[max(first, 0) : first + round((made.truth.qt_ms / 1000 + 0.16) * 500)] = False
        if keep.sum() < 1500:
            continue  # at a high rate too little is left
        signal[~keep] = 0
        power = np.abs(np.fft.rfft(signal)) ** 2
        frequencies = np.fft.rfftfreq(signal.size, 1 / 500)
        band = (frequencies > 2.5) & (frequencies < 25)
        peak = frequencies[band][np.argmax(power[band])]
        assert 3.8 <= peak <= 9  # the gaps smear it a little


def test_flutter_waves_are_regular_240_to_340_a_minute_and_conducted_in_whole_numbers():
    ratios = set()
    for made in clean("atrial_flutter"):
        rate = made.truth.atrial_rate_bpm
        assert 240 <= rate <= 340
        second = lead(made.record, "II")
        power = np.abs(np.fft.rfft(second * np.hanning(second.size))) ** 2
        off = np.abs(np.fft.rfftfreq(second.size, 1 / 500) - rate / 60)
        # Fixed conduction has lines only at fractions ½, ⅓, ¼ of the flutter rate: none so close beside it.
        assert power[off < 0.15].max() > 3 * np.median(power[(off > 0.3) & (off < 0.9)])
        intervals = np.diff([beat.time_s for beat in made.truth.beats]) * rate / 60
        assert np.abs(intervals - np.round(intervals)).max() < 0.02
        ratios |= set(np.round(intervals).astype(int).tolist())
    assert ratios == {2, 3, 4}


def test_flutter_waves_point_down_in_inferior_leads_and_are_sharp_on_one_side():
    for made in clean("atrial_flutter"):
        slope = np.diff(lead(made.record, "aVF"))
        quiet = np.ones(slope.size, dtype=bool)
        for beat in made.truth.beats:
            first = round((beat.time_s - 0.08) * 500)
            quiet[max(first, 0) : first + round((made.truth.qt_ms / 1000 + 0.12) * 500)] = False
        if quiet.sum() > 1500:
            rise, fall = np.quantile(slope[quiet], 0.98), -np.quantile(slope[quiet], 0.02)
            assert rise > 1.3 * fall


def test_premature_atrial_beats_are_early_narrow_and_reset_the_node():
    for made in clean("premature_atrial_complexes"):
        beats = made.truth.beats
        early = [n for n, beat in enumerate(beats) if beat.type == "PAC"]
        assert 1 <= len(early) <= 3
        usual = np.median(np.diff([beat.time_s for beat in beats]))
        for n in early:
            assert 0 < n < len(beats) - 1
            before = beats[n].time_s - beats[n - 1].time_s
            after = beats[n + 1].time_s - beats[n].time_s
            assert before < 0.85 * usual
            assert after > 0.95 * usual
            assert before + after < 1.93 * usual  # less than compensatory
            measured = measure_beat(made.record, beats[n].time_s)
            assert measured.qrs_ms == pytest.approx(made.truth.qrs_ms, abs=10)


def test_ectopic_p_waves_are_upside_down_in_the_inferior_leads():
    for made in clean("premature_atrial_complexes"):
        for beat in made.truth.beats:
            if beat.type == "PAC":
                onset = beat.time_s - 0.045 - beat.pr_ms / 1000
                wave = around(made.record, "aVF", [onset], 0.0, 0.1)[0]
                line = np.linspace(wave[0], wave[-1], wave.size)
                assert (wave - line).min() < -0.01


def test_premature_ventricular_beats_are_early_wide_discordant_and_have_a_full_pause():
    for made in clean("premature_ventricular_complexes"):
        beats = made.truth.beats
        early = [n for n, beat in enumerate(beats) if beat.type == "PVC"]
        assert 1 <= len(early) <= 3
        usual = np.median(np.diff([b.time_s for b in beats]))
        for n in early:
            assert 0 < n < len(beats) - 1
            before = beats[n].time_s - beats[n - 1].time_s
            after = beats[n + 1].time_s - beats[n].time_s
            assert before < 0.8 * usual
            assert before + after == pytest.approx(2 * usual, rel=0.06)
            measured = measure_beat(made.record, beats[n].time_s, pause_s=0.024)
            assert measured.qrs_ms >= 120
            name = max(made.record.leads, key=lambda it: abs(measured.qrs(it)).max())
            main = measured.qrs(name)[np.argmax(np.abs(measured.qrs(name)))]
            assert np.sign(measured.t_mv(name, 0.5)) == -np.sign(main)
            assert beats[n].pr_ms is None


def test_first_degree_block_has_a_long_constant_pr():
    for made in clean("av_block_first_degree"):
        assert made.truth.pr_ms > 200
        assert np.ptp([beat.pr_ms for beat in made.truth.beats]) < 1
        assert len(made.truth.p_onsets_s) == pytest.approx(len(made.truth.beats), abs=1)


def cycles(made: Synthetic) -> list[list[float]]:
    """Return PR intervals, from P waves and found QRS complexes, in runs between P waves not conducted."""
    found = beat_times_s(made.record)
    runs: list[list[float]] = [[]]
    for onset, following in zip(made.truth.p_onsets_s, made.truth.p_onsets_s[1:], strict=False):
        own = found[(found > onset + 0.1) & (found < min(onset + 0.55, following + 0.1))]
        if own.size:
            runs[-1].append(float(own[0] - onset))
        else:
            runs.append([])
    return runs


def test_wenckebach_lengthens_pr_until_a_p_wave_is_dropped():
    for made in clean("av_block_mobitz_1"):
        runs = cycles(made)
        assert len(runs) >= 2  # at least one dropped
        for run in runs:
            assert all(after > before + 0.008 for before, after in pairwise(run))
        for last, first in pairwise(runs):
            if last and first:
                assert first[0] < last[-1]
        assert made.truth.pr_ms is None
        assert variation(np.array(made.truth.p_onsets_s)) < 0.02


def test_mobitz_two_keeps_pr_and_drops_p_waves():
    for made in clean("av_block_mobitz_2"):
        runs = cycles(made)
        assert len(runs) >= 2
        assert np.ptp([pr for run in runs for pr in run]) < 0.015
        assert made.truth.pr_ms < 210
        assert variation(np.array(made.truth.p_onsets_s)) < 0.02


def test_third_degree_block_dissociates_atria_and_ventricles():
    for made in clean("av_block_third_degree"):
        beats = np.array([beat.time_s for beat in made.truth.beats])
        onsets = np.array(made.truth.p_onsets_s)
        assert made.truth.atrial_rate_bpm > made.truth.heart_rate_bpm + 15
        assert made.truth.heart_rate_bpm < 60
        assert variation(beats) < 0.05
        assert variation(onsets) < 0.05
        since = [time - onsets[onsets < time].max() for time in beats if (onsets < time).any()]
        assert np.ptp(since) > 0.1  # PR means nothing
        assert made.truth.pr_ms is None
        assert {beat.type for beat in made.truth.beats} == {"escape"}


def test_paced_beats_follow_a_spike():
    for made in records("paced", noise=None, sampling_rate_hz=1000):
        for beat in made.truth.beats[1:-1]:
            assert beat.type == "paced"
            onset = measure_beat(made.record, beat.time_s).onset
            spike = np.abs(lead(made.record, "II")[onset : onset + 14])
            assert spike.max() > 0.3
            assert spike[-1] < 0.3 * spike.max()  # it is over before QRS rises
