"""The published profile as one would write it with pandas: read each file whole, aggregate, fill in the text.

Written apart from ours; both must give the same texts.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

# What the texts need.
HEART_RATE = "heart rate [#/min]"
BEATS = ["Normal Beat Count", "PVC Count", "SVPB Count", "Paced Beat Count"]
NEEDED = {"Elapsed_Time_Sec", "HR", "PULSE", "RESP", "%SpO2", "Bigeminy Percent", "Trigeminy Percent", *BEATS}
DIVIDER = f"\n{'=' * 80}\n\n"


def write_plain(wearables: Path, monitors: Path, out: Path, *, whole: bool) -> None:
    """Write the plain corpus of two folders.

    Args:
        wearables: holds `subjects_info.json` and `subject_<code>_hr.csv`.
        monitors: holds processed `adult_….csv` and `neonate_….csv`.
        out: the file to write.
        whole: read whole tables, not only the columns that the texts need.
    """
    people = json.loads((wearables / "subjects_info.json").read_text(encoding="utf-8"))
    texts = [
        wearable_text(person, path, whole=whole)
        for person in people
        if (path := wearables / f"subject_{person['subject_code']}_hr.csv").exists()
    ]
    for path in sorted(monitors.glob("*.csv")):
        text = monitor_text(path, whole=whole)
        if text is not None:
            texts.append(text)
    plain = DIVIDER.join(f"Below is a cardiology topic:\n\n{text}\n" for text in texts)
    out.write_text(plain, encoding="utf-8")


def wearable_text(person: dict, path: Path, *, whole: bool) -> str:
    rate = pd.read_csv(path, usecols=None if whole else [HEART_RATE])[HEART_RATE].dropna()
    mean, sd = rate.mean(), rate.std(ddof=0)
    level = "low" if mean < 60 else "elevated" if mean > 100 else "normal"
    spread = "excellent" if sd < 5 else "good" if sd < 10 else "moderate"
    tone = (
        "good cardiac stability and healthy autonomic tone"
        if sd < 10
        else "adequate cardiac response to stimuli"
    )
    gender = "Female" if person["gender"] == "F" else "Male"
    return (
        f"Adolescent patient, {person['age_years']} years old, {gender}. "
        f"Height: {person['length_cm']} cm, Weight: {person['weight_kg']} kg.\n\n"
        f"Continuous heart rate monitoring over {len(rate) / 60:.1f} hours shows {level} baseline resting "
        f"heart rate of {mean:.1f} bpm (±{sd:.1f} bpm). Heart rate range: {rate.min():.0f} to "
        f"{rate.max():.0f} bpm. HR variability is {spread}, indicating {tone}.\n\n"
        "Rhythm assessment: Regular sinus rhythm throughout monitoring period with no significant "
        "arrhythmias detected. No evidence of ectopic beats or conduction abnormalities. Cardiac rate "
        "response to daily activities appears appropriate for age."
    )


def monitor_text(path: Path, *, whole: bool) -> str | None:
    """Word a monitor's recording; `None` where it has no heart rate."""
    table = pd.read_csv(path, usecols=None if whole else lambda name: name in NEEDED)
    if "HR" not in table or table["HR"].isna().all():
        return None
    rate = table["HR"]
    vitals = [f"Mean heart rate {rate.mean():.1f} bpm (±{rate.std(ddof=0):.1f} bpm), "]
    vitals += [f"range {rate.min():.0f}-{rate.max():.0f} bpm"]
    means = table.reindex(columns=["PULSE", "RESP", "%SpO2"]).mean().fillna(0)
    if means["PULSE"]:
        vitals.append(f"; pulse {means['PULSE']:.1f} bpm")
    if means["RESP"]:
        vitals.append(f"; respiration {means['RESP']:.1f} /min")
    if means["%SpO2"]:
        vitals.append(f"; SpO2 {means['%SpO2']:.1f}%")
    who = (
        "Adult icu patient, with complex cardiac monitoring."
        if path.name.startswith("adult")
        else "Pediatric icu patient, requiring continuous cardiac monitoring."
    )
    minutes = table["Elapsed_Time_Sec"].iloc[-1] / 60
    return (
        f"{who}\n\nContinuous cardiac monitoring over {minutes:.1f} minutes. {''.join(vitals)}.\n\n"
        f"Cardiac rhythm analysis: Predominantly normal sinus rhythm with {_rhythm(table)}"
    )


def _rhythm(table: pd.DataFrame) -> str:
    _, pvc, svpb, paced = beats = [int(n) for n in table.reindex(columns=BEATS).sum()]
    total = sum(beats) or 1
    peaks = table.reindex(columns=["Bigeminy Percent", "Trigeminy Percent"]).max().fillna(0)
    found = []
    if paced:
        found.append(f"paced rhythm ({paced / total * 100:.1f}% paced beats)")
    if pvc:
        share = f"{pvc / total * 100:.1f}%"
        found.append(f"premature ventricular contractions (PVC) present ({share}, {pvc} total)")
    if svpb:
        found.append(f"supraventricular premature beats ({svpb / total * 100:.1f}%, {svpb} total)")
    found += [f"{name.split()[0].lower()} detected ({peak:.1f}%)" for name, peak in peaks.items() if peak > 0]
    listed = f" {', '.join(found)}." if found else "Stable cardiac rhythm without significant arrhythmias."
    closing = (
        "Patient demonstrates rhythm abnormalities requiring ongoing cardiac assessment and possible "
        "intervention."
        if pvc or svpb or paced
        else "Cardiac rhythm remains stable with appropriate rate control."
    )
    return f"{len(found)} abnormality features documented.{listed} {closing}"
