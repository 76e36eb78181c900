"""Synthetic records as files: WFDB format 16, and one line of truth for each."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bedside.console import progress
from bedside.ecg.synth.kinds import KINDS
from bedside.ecg.synth.making import checked, synthesize
from bedside.ecg.synth.truth import Truth, truth_line
from bedside.errors import DataError
from bedside.records import EcgRecord

__all__ = ["write_synthetic", "write_wfdb"]

STEPS_PER_MV = 1000
LARGEST_STEP = 32767
MISSING = -32768
"""What format 16 writes where nothing was recorded."""

TRUTH = "truth.jsonl"


def write_synthetic(
    folder: Path,
    *,
    count: int,
    seed: int,
    kinds: Sequence[str] = (),
    sampling_rate_hz: float = 500.0,
    duration_s: float = 10.0,
) -> Mapping[str, int]:
    """Write `count` synthetic records and `truth.jsonl` to `folder`; the kinds take turns.

    Until all are written they stand in a hidden folder beside it, so that `folder` is whole or not there.

    Args:
        folder: absent, or empty.
        count: how many records, each of a subject of its own.
        seed: the same seed gives the same bytes; a record depends on its number, its kind and the seed alone.
        kinds: some of `KINDS`; all where none is given.
        sampling_rate_hz: samples per second.
        duration_s: length of each record, seconds.

    Returns:
        How many records of each kind were written.

    Raises:
        DataError: `folder` holds something or has no name, or such records cannot be made.
    """
    turns = tuple(kinds) or tuple(KINDS)
    _require_possible(folder, count=count, seed=seed)
    for kind in turns[:count]:
        checked(kind, duration_s, sampling_rate_hz)
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    written: Counter[str] = Counter()
    with (
        (unfinished / TRUTH).open("w", encoding="utf-8", newline="\n") as lines,
        progress("making ECGs", total=count) as bar,
    ):
        for number in range(count):
            kind = turns[number % len(turns)]
            truth = _write_one(
                unfinished, kind, number, seed=seed, sampling_rate_hz=sampling_rate_hz, duration_s=duration_s
            )
            lines.write(truth_line(truth) + "\n")
            written[kind] += 1
            bar.advance()
    if folder.exists():
        folder.rmdir()
    unfinished.rename(folder)
    return dict(written)


def _require_possible(folder: Path, *, count: int, seed: int) -> None:
    if count < 1 or seed < 0:
        raise DataError(
            f"{count} records with seed {seed} cannot be made",
            fix="give n of 1 or more and seed of 0 or more",
        )
    if folder.name in {"", ".."}:  # another folder takes its place when all records are there
        raise DataError("the folder for synthetic records needs a name", file=folder, fix="--out NAME")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            "the folder for synthetic records is not empty", file=folder, fix="give another folder"
        )


def _write_one(
    folder: Path, kind: str, number: int, *, seed: int, sampling_rate_hz: float, duration_s: float
) -> Truth:
    name = f"synthetic_{number:06d}"
    made = synthesize(
        kind,
        rng=np.random.default_rng([seed, number]),
        subject_id=name,
        record_name=name,
        duration_s=duration_s,
        sampling_rate_hz=sampling_rate_hz,
    )
    shows = f"shows: {made.truth.phrase}"
    write_wfdb(made.record, folder, comments=("synthetic ECG, of no patient", shows))
    return made.truth


def write_wfdb(record: EcgRecord, folder: Path, *, comments: Sequence[str] = ()) -> None:
    """Write a record as `NAME.hea` and `NAME.dat`: format 16, 1 µV a step, with checksums.

    The same record gives the same bytes. Reading it gives the signals rounded to a step, and NaN where
    they have NaN.

    Args:
        record: its `record_name` names the files.
        folder: an existing folder.
        comments: lines for the end of the header.

    Raises:
        DataError: the name or a comment cannot stand in a header, or a sample lies beyond ±32.767 mV.
    """
    name = record.record_name
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise DataError(
            f"record name {name!r} cannot name a WFDB record",
            fix="use letters, digits, hyphens and underscores",
        )
    if any("\n" in text or "\r" in text for text in (*comments, *record.leads)):
        raise DataError(f"a comment or lead name of record {name!r} has more than one line", fix="split it")
    steps = _steps(record)
    (folder / f"{name}.dat").write_bytes(np.ascontiguousarray(steps.T).tobytes())
    checksums = steps.astype(np.int64).sum(axis=1).astype(np.int16)
    lines = [f"{name} {len(record.leads)} {_number(record.sampling_rate_hz)} {steps.shape[1]}"]
    lines += [
        f"{name}.dat 16 {STEPS_PER_MV}(0)/mV 16 0 {signal[0]} {checksum} 0 {lead}"
        for lead, signal, checksum in zip(record.leads, steps, checksums, strict=True)
    ]
    lines += [f"# {comment}" for comment in comments]
    (folder / f"{name}.hea").write_bytes(("\n".join(lines) + "\n").encode())


def _steps(record: EcgRecord) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """Return the signals in steps of the converter, shape (leads, samples)."""
    scaled = np.rint(record.signals_mv * STEPS_PER_MV)
    largest = np.abs(scaled[~np.isnan(scaled)]).max(initial=0.0)
    if largest > LARGEST_STEP:
        raise DataError(
            f"record {record.record_name!r} reaches {largest / STEPS_PER_MV:g} mV; format 16 ends at ±32.767",
            fix="check the unit of the signals",
        )
    return np.where(np.isnan(scaled), MISSING, scaled).astype("<i2")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
