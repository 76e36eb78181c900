"""Synthesize recordings in the formats of the real files: wearables, and monitors every second or minute.

The folders, file names, columns and spelling of numbers are those of the real files; the readings are drawn
at random and mean nothing. Files are written in parts, so that a large one needs little memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

WEARABLES = "hr_adolescent"
MONITORS = "mimic3_numerics/processed"
FIRST_DAY = date(2019, 10, 15)
TIME_ZONE = "Europe/Amsterdam"
ROWS_PER_PART = 1_000_000
DAY_MINUTES = 1440

COUNTERS = """
Atrial Paced Beat Count,Vent Paced Beat Count,Dual Paced Beat Count,Paced Beat Count,Normal Beat Count,
SVPB Count,PVC Count,SV Count,Missed Beat Count,All Beat Count,SVPB Run Count,S Rate Max,S Rate Min,
Paced Run Count,P Rate Max,P Rate Min,VQ Run Count,PVC Run Count,V Rate Max,V Rate Min,Max PVC Run,
R On T Count,PVC Pair Count,Pacer Not Pace Count,Pacer Not Capture Count,Multiform Count,
Irregular HR Percent,pNN50 Percent,HR Variability,Poor Signal,Trigeminy Percent,Bigeminy Percent,
Paced Beat Percent,Atrial Paced Percent,Dual Paced Percent,Vent Paced Percent
""".replace("\n", "").split(",")


def write_folder(folder: Path, *, wearables: int, neonates: int, adults: int, seed: int) -> None:
    """Write so many subjects of each kind, of usual length: 108,000, 90,000 and 2,500 rows each."""
    write_people(folder, wearables)
    for number in range(wearables):
        write_wearable(folder, number, rows=108_000, seed=seed)
    for number in range(neonates):
        write_neonate(folder, number, rows=90_000, seed=seed)
    for number in range(adults):
        write_adult(folder, number, rows=2_500, seed=seed)


def write_people(folder: Path, subjects: int) -> None:
    """Write who wears the wearables, as `subjects_info.json`."""
    people = [
        {
            "subject_code": 903 + number,
            "gender": "FM"[number % 2],
            "length_cm": 150.5 + number % 40,
            "weight_kg": 42.7 + number % 30,
            "age_years": 10 + number % 8,
        }
        for number in range(subjects)
    ]
    path = folder / WEARABLES / "subjects_info.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(people, indent=2), encoding="utf-8")


def write_wearable(folder: Path, number: int, *, rows: int, seed: int) -> Path:
    """Write a row for every minute with a reading, from 15 October 2019 on in local time.

    About one minute in ten has no reading. Where the clock goes back, the hour before is missing: the hour
    after it is written over it.
    """
    rng = np.random.default_rng([seed, 1, number])

    def part(first: int, minutes: int) -> pl.DataFrame:
        minute = first + np.flatnonzero(rng.random(minutes) > 0.1)
        hour = minute / 60 % 24
        rate = 80 - 15 * np.cos((hour - 3) / 24 * 2 * np.pi) + _wander(rng, minute.size, every=20, width=12)
        return _worn(903 + number, minute, np.clip(np.rint(rate), 42, 200).astype(np.int64))

    path = folder / WEARABLES / f"subject_{903 + number}_hr.csv"
    return _write(path, part, rows=rows)


def _worn(code: int, minute: np.ndarray, rate: np.ndarray) -> pl.DataFrame:
    """Word minutes since the first local midnight, and drop the hour that the clock repeats."""
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC) - timedelta(hours=2)
    local = pl.col("utc").dt.convert_time_zone(TIME_ZONE)
    ahead = local.dt.base_utc_offset() + local.dt.dst_offset()
    later = (pl.col("utc") + pl.duration(hours=1)).dt.convert_time_zone(TIME_ZONE)
    frame = pl.DataFrame({"minute": minute, "heart rate [#/min]": rate}).with_columns(
        utc=pl.lit(midnight) + pl.duration(minutes=pl.col("minute"))
    )
    frame = frame.filter(ahead == later.dt.base_utc_offset() + later.dt.dst_offset()).with_columns(
        hours=ahead.dt.total_hours()
    )
    wall = frame["minute"] + 60 * (frame["hours"] - 2)
    days = pl.Series([str(FIRST_DAY + timedelta(days=n)) for n in range(wall.max() // DAY_MINUTES + 1)])
    clock = pl.Series([f"{minute // 60:02}:{minute % 60:02}" for minute in range(DAY_MINUTES)])
    frame = frame.with_columns(days=days.gather(wall // DAY_MINUTES), clock=clock.gather(wall % DAY_MINUTES))
    return frame.select(
        pl.lit(code).alias("Subject code number"),
        pl.format("{}T{}:00+0{}00", "days", "clock", "hours").alias("Local datetime [ISO8601]"),
        pl.col("days").alias("Local date [yyyy-mm-dd]"),
        pl.col("clock").alias("Local time [hh:mm]"),
        pl.col("hours").alias("UTC offset [hr]"),
        "heart rate [#/min]",
    )


def write_neonate(folder: Path, number: int, *, rows: int, seed: int) -> Path:
    """Write a row for every second but a few, whole numbers as `110.0`.

    Stretches have no heart rate, a few have 0; the blood pressure is empty before the first reading of the
    cuff and repeated between readings.
    """
    rng = np.random.default_rng([seed, 2, number])

    def part(first: int, seconds: int) -> pl.DataFrame:
        second = first + np.flatnonzero(rng.random(seconds) > 0.001)
        count = second.size
        rate = np.rint(130 + rng.integers(-10, 30) + _wander(rng, count, every=20, width=10))
        pulse = np.where(rng.random(count) < 0.02, 45.0, rate + rng.integers(-2, 3, count))
        off, zero = _stretches(rng, count, share=0.03), _stretches(rng, count, share=0.002)
        cuff = np.rint(60 + rng.normal(0, 6, second.max() // 1800 + 1))[second // 1800]
        return pl.DataFrame(
            {
                "Elapsed_Time_Sec": second,
                "HR": _with_holes(np.where(zero, 0.0, rate), off),
                "PULSE": _with_holes(pulse, _stretches(rng, count, share=0.02)),
                "NBP Sys": _with_holes(cuff, second < 1800),
                "NBP Dias": _with_holes(cuff - 25, second < 1800),
                "NBP Mean": _with_holes(cuff - 12, second < 1800),
                "RESP": _with_holes(np.rint(45 + _wander(rng, count, every=10, width=10)), off | zero),
                "SpO2": np.clip(np.rint(96 + _wander(rng, count, every=30, width=3)), 50, 100),
            }
        )

    path = folder / MONITORS / f"neonate_{3_100_000 + number}n.csv"
    return _write(path, part, rows=rows)


def write_adult(folder: Path, number: int, *, rows: int, seed: int) -> Path:
    """Write a row for every minute: averages with all their digits, and the counts of the ECG analysis."""
    rng = np.random.default_rng([seed, 3, number])

    def part(first: int, minutes: int) -> pl.DataFrame:
        rate = 72 + rng.integers(-8, 30) + _wander(rng, minutes, every=30, width=8)
        columns = {
            "Elapsed_Time_Sec": np.arange(first, first + minutes),
            "HR": rate,
            "PULSE": rate + rng.normal(0, 1, minutes),
            "RESP": 18 + _wander(rng, minutes, every=30, width=3),
            "ST-II": rng.normal(0.1, 0.2, minutes),
            "ST-V": rng.normal(0.3, 0.2, minutes),
            "%SpO2": np.clip(97 + _wander(rng, minutes, every=30, width=1), 60, 100),
            "[63131]": rng.exponential(0.2, minutes),
        }
        counted = _counted(rng, rate)
        analysed = {name: counted.get(name, np.zeros(minutes)) for name in COUNTERS}
        frame = pl.DataFrame({**columns, **analysed})
        unread = _stretches(rng, minutes, share=0.02)
        return frame.with_columns(
            _with_holes(frame[name].to_numpy(), unread).alias(name) for name in COUNTERS
        )

    path = folder / MONITORS / f"adult_{3_200_000 + number}n.csv"
    return _write(path, part, rows=rows)


def _counted(rng: np.random.Generator, rate: np.ndarray) -> dict[str, np.ndarray]:
    """Count the beats of each minute: normal or premature, ventricular or not; nobody is paced."""
    beats = np.rint(rate)
    pvc = np.minimum(rng.poisson(0.2, rate.size), beats)
    svpb = np.minimum(rng.poisson(0.3, rate.size), beats - pvc)
    return {
        "Normal Beat Count": beats - pvc - svpb,
        "SVPB Count": svpb.astype(float),
        "PVC Count": pvc.astype(float),
        "SV Count": beats - pvc,
        "All Beat Count": beats,
        "PVC Pair Count": (rng.random(rate.size) < 0.005).astype(float),
        "SVPB Run Count": (rng.random(rate.size) < 0.01).astype(float),
        "Irregular HR Percent": rng.integers(0, 20, rate.size).astype(float),
        "pNN50 Percent": rng.integers(0, 40, rate.size).astype(float),
        "HR Variability": rng.integers(20, 80, rate.size).astype(float),
        "Poor Signal": np.where(rng.random(rate.size) < 0.02, 60.0, 0.0),
        "Bigeminy Percent": np.where(rng.random(rate.size) < 0.002, 8.0, 0.0),
        "Trigeminy Percent": np.where(rng.random(rate.size) < 0.002, 12.0, 0.0),
    }


def _wander(rng: np.random.Generator, count: int, *, every: int, width: float) -> np.ndarray:
    """Draw a smooth curve through a random point for every so many rows, with noise upon it."""
    knots = rng.normal(0, width, count // every + 2)
    return np.interp(np.arange(count) / every, np.arange(knots.size), knots) + rng.normal(0, width / 8, count)


def _stretches(rng: np.random.Generator, count: int, *, share: float) -> np.ndarray:
    """Choose stretches of 60 rows that together are about `share` of all."""
    return np.repeat(rng.random(count // 60 + 1) < share, 60)[:count]


def _with_holes(values: np.ndarray, missing: np.ndarray) -> pl.Series:
    return pl.Series(np.where(missing, np.nan, values)).fill_nan(None)


def _write(path: Path, part: Callable[[int, int], pl.DataFrame], *, rows: int) -> Path:
    """Write parts of a table until it has so many rows.

    Args:
        path: the file.
        part: gives the table from a tick on, for so many ticks; it may leave ticks out.
        rows: how many rows the file gets.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    first = written = 0
    with path.open("wb") as file:
        while written < rows:
            ticks = min(ROWS_PER_PART, (rows - written) * 5 // 4 + 100)
            frame = part(first, ticks).head(rows - written)
            frame.write_csv(file, include_header=written == 0)
            first, written = first + ticks, written + frame.height
    return path


def size_bytes(paths: Iterable[Path]) -> int:
    """Add up the sizes of files."""
    return sum(path.stat().st_size for path in paths)
