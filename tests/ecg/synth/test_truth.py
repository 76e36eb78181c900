from __future__ import annotations

import json
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

from bedside.ecg.synth import KINDS, Noise, Synthetic, synthesize, truth_line
from ecg_measuring import beat_times_s, inner, lead, measure_beat, p_onset_s, t_end_s

FUSED = ("atrial_fibrillation", "atrial_flutter", "av_block_third_degree", "sinus_tachycardia")
"""Kinds in which P, f or flutter waves lie on QRS or T."""
CLEAR = tuple(kind for kind in KINDS if kind not in FUSED)
SEEDS = range(12)


@lru_cache(maxsize=2000)
def clean(kind: str, seed: int) -> Synthetic:
    rng = np.random.default_rng([9, seed])
    return synthesize(kind, rng=rng, subject_id="s", record_name="r", noise=None)


def typical_beat(made: Synthetic, **options):
    """Measure a beat of the usual kind that no premature one follows."""
    beats = made.truth.beats
    alone = [
        now.time_s for now, after in pairwise(beats[1:]) if {now.type, after.type} <= {"normal", "paced"}
    ]
    return measure_beat(made.record, inner(np.array(alone), made.record)[0], **options)


def limits(kind: str) -> dict[str, float]:
    """Return how the beat is found: slow late waves, steep T waves, small waves."""
    return {
        "right_bundle_branch_block": {"pause_s": 0.03},
        "left_bundle_branch_block": {"limit": 8.0, "pause_s": 0.03},
        "paced": {"limit": 9.0, "pause_s": 0.04},
        "low_voltage": {"limit": 2.5},
    }.get(kind, {})


@pytest.mark.parametrize("kind", [kind for kind in CLEAR if kind != "paced"])
def test_qrs_and_axis_are_what_an_independent_delineation_finds(kind):
    for seed in SEEDS:
        made = clean(kind, seed)
        beat = typical_beat(made, **limits(kind))
        assert beat.qrs_ms == pytest.approx(made.truth.qrs_ms, abs=10)
        if kind != "wolff_parkinson_white":  # its P wave runs into QRS, so that no level stands before it
            assert abs(beat.axis_deg - made.truth.axis_deg) < 6


def test_a_stimulus_is_no_part_of_the_paced_qrs():
    for seed in SEEDS:
        made = clean("paced", seed)
        assert 10 < typical_beat(made, **limits("paced")).qrs_ms - made.truth.qrs_ms < 30


@pytest.mark.parametrize("kind", [kind for kind in CLEAR if kind not in ("paced", "ischaemia")])
def test_qt_is_what_an_independent_tangent_finds(kind):
    """Left out is ischaemia: its flat T wave melts into the depressed ST segment."""
    compared = 0
    for made in (clean(kind, seed) for seed in SEEDS):
        beat = typical_beat(made, **limits(kind))
        onset_s = beat.onset / beat.rate
        if any(0 < p - onset_s < made.truth.qt_ms / 1000 + 0.08 for p in made.truth.p_onsets_s):
            continue  # the next P wave stands on T
        assert (t_end_s(made.record, beat) - onset_s) * 1000 == pytest.approx(made.truth.qt_ms, abs=10)
        compared += 1
    assert compared >= 3


@pytest.mark.parametrize("kind", [kind for kind in CLEAR if kind != "paced"])
def test_pr_is_what_an_independent_delineation_finds(kind):
    compared = 0
    for made in (clean(kind, seed) for seed in SEEDS):
        beat = typical_beat(made, **limits(kind))
        onset_s = beat.onset / beat.rate
        own = min(made.truth.beats, key=lambda it: abs(it.time_s - onset_s - 0.04))
        before_s = max(it.time_s for it in made.truth.beats if it.time_s < own.time_s - 0.1)
        if onset_s - own.pr_ms / 1000 < before_s + made.truth.qt_ms / 1000 + 0.05:
            continue  # P stands on the T wave before
        found_s = p_onset_s(made.record, beat, before_s=own.pr_ms / 1000 + 0.03)
        assert (onset_s - found_s) * 1000 == pytest.approx(own.pr_ms, abs=10)
        compared += 1
    assert compared >= 3


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("paced", "hyperkalaemia")])
def test_beat_times_are_where_qrs_is_found(kind):
    """Left out are stimuli and peaked T waves, which a plain detector takes for QRS."""
    for seed in SEEDS:
        made = clean(kind, seed)
        found = beat_times_s(made.record)
        beats = [beat for beat in made.truth.beats if 0.7 < beat.time_s < 9.3]
        # A premature ventricular beat is so slow that the detector may miss it beside the others.
        assert all(np.abs(found - beat.time_s).min() < 0.045 for beat in beats if beat.type != "PVC")
        told = np.array([beat.time_s for beat in made.truth.beats])
        assert all(np.abs(told - time).min() < 0.3 for time in inner(found, made.record))


def test_qtc_is_bazetts():
    for kind in KINDS:
        truth = clean(kind, 0).truth
        assert truth.qtc_ms == pytest.approx(truth.qt_ms / np.sqrt(truth.rr.mean_ms / 1000))


@pytest.mark.parametrize("kind", KINDS)
def test_figures_follow_from_the_beats(kind):
    truth = clean(kind, 1).truth
    intervals = np.diff([beat.time_s for beat in truth.beats]) * 1000
    assert truth.heart_rate_bpm == pytest.approx(60_000 / intervals.mean())
    assert (truth.rr.count, truth.rr.mean_ms) == (intervals.size, pytest.approx(intervals.mean()))
    assert (truth.rr.min_ms, truth.rr.max_ms) == pytest.approx((intervals.min(), intervals.max()))
    assert truth.rr.sd_ms == pytest.approx(intervals.std())
    assert all(0 <= beat.time_s < 10 for beat in truth.beats)
    assert truth.noise == "none"
    assert truth.codes == tuple(sorted(truth.codes))


def test_p_waves_stand_where_the_truth_says():
    for seed in SEEDS:
        made = clean("av_block_mobitz_2", seed)
        second = lead(made.record, "II")
        for onset in made.truth.p_onsets_s:
            first = round(onset * 500)
            if 10 < first < 4900:
                wave = second[first : first + 60]
                assert wave.max() - second[first] > 0.05


def test_codes_are_scp_statements(data_dir):
    table = (data_dir / "ecg" / "ptbxl" / "scp_statements.csv").read_text(encoding="utf-8")
    known = {line.split(",")[0] for line in table.splitlines()[1:]}
    assert {code for kind in KINDS for code in clean(kind, 0).truth.codes} <= known


def test_a_line_of_truth_is_json_with_sorted_keys():
    rng = np.random.default_rng(2)
    noise = Noise(motion_mv=0.3, lost_lead="V4", arms_swapped=True)
    made = synthesize("paced", rng=rng, subject_id="s", record_name="r-1", noise=noise)
    line = truth_line(made.truth)
    read = json.loads(line)
    assert "\n" not in line
    assert list(read) == sorted(read)
    assert read["record_name"] == "r-1"
    assert read["qrs_ms"] == pytest.approx(made.truth.qrs_ms, abs=1e-5)
    assert read["beats"][0] == {
        "pr_ms": pytest.approx(made.truth.beats[0].pr_ms, abs=1e-5),
        "time_s": pytest.approx(made.truth.beats[0].time_s, abs=1e-5),
        "type": "paced",
    }
    assert "V4 lost" in read["noise"]
    assert "arm electrodes swapped" in read["noise"]
    assert json.loads(truth_line(clean("atrial_fibrillation", 0).truth))["pr_ms"] is None


def test_too_few_beats_give_no_rate():
    rng = np.random.default_rng(0)
    made = synthesize("sinus_bradycardia", rng=rng, subject_id="s", record_name="r", duration_s=1.0)
    assert (made.truth.heart_rate_bpm, made.truth.rr) == (None, None)
    assert len(made.truth.beats) < 2
