"""Every kind of ECG that can be made: its rhythm, its form, its codes and its name in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from bedside.ecg.synth import rhythm
from bedside.ecg.synth.rhythm import Timeline

__all__ = ["KINDS", "Kind"]

Rhythm = Callable[[np.random.Generator, float], Timeline]


@dataclass(frozen=True)
class Kind:
    """One kind of ECG.

    Attributes:
        phrase: the finding in English.
        codes: SCP statements present, as PTB-XL's `scp_statements.csv` spells them.
        rhythm: draws the timeline of a record of so many seconds.
        forms: of the ventricles' complex one is drawn; names of `forms.FORMS`.
        premature_forms: the same for premature ventricular beats.
        p_size: factor of the P wave.
        shortest_s: a shorter record cannot show what the kind is about.
    """

    phrase: str
    codes: tuple[str, ...]
    rhythm: Rhythm
    forms: tuple[str, ...] = ("normal",)
    premature_forms: tuple[str, ...] = ()
    p_size: float = 1.0
    shortest_s: float = 1.0


SINUS = partial(rhythm.sinus, rate_bpm=(62, 94))
"""Sinus rhythm at rest, for everything that is about form."""


def _of_form(phrase: str, *codes: str, form: str, beats: Rhythm = SINUS, p_size: float = 1.0) -> Kind:
    return Kind(phrase, (*codes, "SR"), beats, (form,), p_size=p_size)


KINDS: Mapping[str, Kind] = {
    "normal_sinus_rhythm": Kind("normal sinus rhythm", ("NORM", "SR"), SINUS),
    "sinus_bradycardia": Kind("sinus bradycardia", ("SBRAD",), partial(rhythm.sinus, rate_bpm=(36, 54))),
    "sinus_tachycardia": Kind(
        "sinus tachycardia",
        ("STACH",),
        partial(rhythm.sinus, rate_bpm=(110, 152), pr_ms=(118, 145), swing=(0.003, 0.015)),
    ),
    "sinus_arrhythmia": Kind(
        "sinus arrhythmia",
        ("SARRH",),
        partial(rhythm.sinus, rate_bpm=(58, 84), swing=(0.10, 0.18)),
        shortest_s=7,
    ),
    "atrial_fibrillation": Kind("atrial fibrillation", ("AFIB",), rhythm.fibrillation, shortest_s=3),
    "atrial_flutter": Kind("atrial flutter", ("AFLT",), rhythm.flutter),
    "premature_atrial_complexes": Kind(
        "premature atrial complexes", ("PAC", "SR"), rhythm.premature_atrial, shortest_s=5
    ),
    "premature_ventricular_complexes": Kind(
        "premature ventricular complexes",
        ("PVC", "SR"),
        rhythm.premature_ventricular,
        premature_forms=("outflow_beat", "left_wall_beat"),
        shortest_s=5,
    ),
    "av_block_first_degree": Kind("first-degree AV block", ("1AVB", "LPR", "SR"), rhythm.first_degree),
    "av_block_mobitz_1": Kind(
        "second-degree AV block, Mobitz type I", ("2AVB", "SR"), rhythm.mobitz_one, shortest_s=6
    ),
    "av_block_mobitz_2": Kind(
        "second-degree AV block, Mobitz type II", ("2AVB", "SR"), rhythm.mobitz_two, shortest_s=6
    ),
    "av_block_third_degree": Kind(
        "third-degree AV block",
        ("3AVB",),
        rhythm.complete_block,
        forms=("normal", "left_wall_beat"),
        shortest_s=5,
    ),
    "left_bundle_branch_block": _of_form("left bundle branch block", "CLBBB", form="lbbb"),
    "right_bundle_branch_block": _of_form("right bundle branch block", "CRBBB", form="rbbb"),
    "incomplete_right_bundle_branch_block": _of_form(
        "incomplete right bundle branch block", "IRBBB", form="irbbb"
    ),
    "left_anterior_fascicular_block": _of_form("left anterior fascicular block", "LAFB", form="lafb"),
    "left_ventricular_hypertrophy": _of_form("left ventricular hypertrophy", "LVH", "VCLVH", form="lvh"),
    "right_ventricular_hypertrophy": _of_form("right ventricular hypertrophy", "RVH", form="rvh"),
    "stemi_inferior": _of_form("inferior ST elevation", "IMI", form="stemi_inferior"),
    "stemi_anterior": _of_form("anterior ST elevation", "AMI", form="stemi_anterior"),
    "stemi_lateral": _of_form("lateral ST elevation", "LMI", form="stemi_lateral"),
    "stemi_posterior": _of_form("posterior myocardial infarction", "PMI", form="stemi_posterior"),
    "ischaemia": _of_form("ischaemic ST depression", "ISC_", "STD_", form="ischaemia"),
    "t_wave_inversion": _of_form("T wave inversion", "INVT", form="t_inversion"),
    "long_qt": _of_form(
        "long QT interval", "LNGQT", form="long_qt", beats=partial(rhythm.sinus, rate_bpm=(56, 76))
    ),
    "wolff_parkinson_white": _of_form(
        "Wolff-Parkinson-White syndrome",
        "WPW",
        form="wpw",
        beats=partial(rhythm.sinus, rate_bpm=(60, 90), pr_ms=(88, 114)),
    ),
    "paced": Kind("ventricular paced rhythm", ("PACE",), rhythm.paced, ("paced",)),
    "low_voltage": _of_form("low QRS voltage", "LVOLT", form="low_voltage"),
    "hyperkalaemia": _of_form("peaked T waves of hyperkalaemia", "EL", form="hyperkalaemia", p_size=0.6),
}
"""Every kind by name."""
