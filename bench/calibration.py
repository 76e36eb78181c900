"""Time calibration builds beside bare parsing and beside pandas, on synthesized files in the real formats.

Every measurement runs in a fresh process, which says how long the work took without its imports; the kinds of
work take turns, several rounds. `--memory` builds from 10 GB in files of 1 GB instead, and samples the memory
of the build and of the processes that it starts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks_page import table, write_section
from vitals_files import (
    MONITORS,
    WEARABLES,
    size_bytes,
    write_folder,
    write_neonate,
    write_people,
    write_wearable,
)

from bedside.executor import usable_cores

SEED = 3407
PLAIN_FILE = "cardiology_calibration_imatrix.txt"
ONE_THREAD = {"POLARS_MAX_THREADS": "1"}
LARGE_FILES = 10
LARGE_BYTES = 10**9
SAMPLING_S = 0.05


def bare(folder: Path, _: Path) -> None:
    import polars as pl

    for path in sorted(folder.rglob("*.csv")):
        pl.scan_csv(path).collect()


def build(folder: Path, out: Path, *, profile: str, workers: int | None) -> None:
    from bedside.calibration import CalibrationConfig, calibrate

    config = CalibrationConfig(profile=profile, workers=workers)
    artifact = calibrate(config, sources=[folder], out_dir=out)
    assert artifact.manifest.figures["files_used"] == len(list(folder.rglob("*.csv")))


def with_pandas(folder: Path, out: Path, *, whole: bool) -> None:
    from published_pandas import write_plain

    out.mkdir()
    write_plain(folder / WEARABLES, folder / MONITORS, out / PLAIN_FILE, whole=whole)


WORK: dict[str, tuple[str, Callable[[Path, Path], None], dict[str, str]]] = {
    "bare": ("`polars.scan_csv(file).collect()`, each file", bare, {}),
    "published": ("published profile", lambda f, o: build(f, o, profile="published", workers=None), {}),
    "clinical": ("clinical profile", lambda f, o: build(f, o, profile="clinical", workers=None), {}),
    "pandas": ("published profile in pandas, whole tables", lambda f, o: with_pandas(f, o, whole=True), {}),
    "pandas-columns": (
        "published profile in pandas, needed columns only",
        lambda f, o: with_pandas(f, o, whole=False),
        {},
    ),
    "one": (
        "clinical profile, 1 process of 1 thread",
        lambda f, o: build(f, o, profile="clinical", workers=1),
        ONE_THREAD,
    ),
    "two": (
        "clinical profile, 2 processes of 1 thread",
        lambda f, o: build(f, o, profile="clinical", workers=2),
        ONE_THREAD,
    ),
}
RATIOS = (
    ("published profile / bare parsing", "published", "bare", "≤", 1.5),
    ("clinical profile / bare parsing", "clinical", "bare", "≤", 3.0),
    ("published profile / pandas, whole tables", "published", "pandas", "≤", 1.0),
    ("published profile / pandas, needed columns", "published", "pandas-columns", None, None),
    ("1 process / 2 processes", "one", "two", "≥", 1.6),
)


def measure(kind: str, folder: Path, out: Path) -> None:
    """Do one kind of work in this process and print the seconds it took."""
    import pandas as pd  # noqa: F401
    import polars as pl  # noqa: F401

    import bedside.calibration  # noqa: F401 - what is imported now is not timed

    started = time.perf_counter()
    WORK[kind][1](folder, out)
    print(time.perf_counter() - started)


def start(kind: str, folder: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--measure", kind, str(folder), str(out)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env={**os.environ, **WORK[kind][2]}, stdout=pipe, stderr=pipe, text=True)


def seconds(kind: str, folder: Path, out: Path) -> float:
    process = start(kind, folder, out)
    printed, said = process.communicate()
    if process.returncode:
        sys.exit(f"{kind} failed:\n{said}")
    return float(printed)


def speed(folder: Path, scratch: Path, rounds: int) -> str:
    """Measure every kind of work in turn; return the two tables."""
    taken: dict[str, list[float]] = {kind: [] for kind in WORK}
    for number in range(rounds):
        for kind in WORK:
            taken[kind].append(seconds(kind, folder, scratch / f"{kind}-{number}"))
            print(f"round {number + 1}: {kind} {taken[kind][-1]:.2f} s", file=sys.stderr)
    ours = (scratch / "published-0" / PLAIN_FILE).read_text(encoding="utf-8")
    for kind in ("pandas", "pandas-columns"):
        assert (scratch / f"{kind}-0" / PLAIN_FILE).read_text(encoding="utf-8") == ours, kind
    medians = {kind: statistics.median(times) for kind, times in taken.items()}
    timed = [
        [WORK[kind][0], f"{medians[kind]:.2f}", f"{min(times):.2f}", f"{max(times):.2f}"]
        for kind, times in taken.items()
    ]
    compared = [
        [name, f"{medians[above] / medians[below]:.2f}", "" if sign is None else f"{sign} {goal}"]
        for name, above, below, sign, goal in RATIOS
    ]
    return "\n\n".join(
        (
            table(["work", "median s", "min", "max"], timed),
            table(["ratio of medians", "measured", "goal"], compared),
        )
    )


def large_files(folder: Path) -> None:
    """Write one wearable and one ICU file of a gigabyte, and link each under the names of more subjects."""
    write_people(folder, LARGE_FILES // 2)
    for write, probe_rows in ((write_wearable, 100_000), (write_neonate, 100_000)):
        per_row = write(folder.parent / "probe", 0, rows=probe_rows, seed=SEED).stat().st_size / probe_rows
        first = write(folder, 0, rows=int(LARGE_BYTES / per_row * 0.98), seed=SEED)
        for number in range(1, LARGE_FILES // 2):
            digits = "".join(filter(str.isdigit, first.name))
            (first.parent / first.name.replace(digits, str(int(digits) + number))).hardlink_to(first)


def memory(folder: Path, scratch: Path) -> str:
    """Build from 10 GB and sample memory; return the table."""
    import psutil

    rows = []
    for kind in ("published", "clinical"):
        process = start(kind, folder, scratch / f"{kind}-memory")
        peak, most = 0, 0
        while process.poll() is None:
            held = [_held(member) for member in _family(psutil.Process(process.pid))]
            peak, most = max(peak, sum(held)), max(most, sum(size > 0 for size in held))
            time.sleep(SAMPLING_S)
        printed, said = process.communicate()
        if process.returncode:
            sys.exit(f"{kind} failed:\n{said}")
        rows.append([f"{kind} profile", f"{float(printed):.0f}", f"{peak / 1e9:.2f}", "≤ 1.5"])
    return table(["work", "s", "most memory at a time, GB", "goal"], rows)


def _family(process):
    import psutil

    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _held(process) -> int:
    """Bytes of a process: its own and its part of what it shares."""
    import psutil

    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wearables", type=int, default=220, help="subjects of 108,000 rows each")
    parser.add_argument("--neonates", type=int, default=130, help="subjects of 90,000 rows each")
    parser.add_argument("--adults", type=int, default=120, help="subjects of 2,500 rows each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="measure memory on 10 GB instead; minutes")
    parser.add_argument("--write", type=Path, help="write the tables to this page")
    parser.add_argument("--measure", nargs=3, metavar=("KIND", "FOLDER", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        kind, folder, out = options.measure
        measure(kind, Path(folder), Path(out))
        return
    with tempfile.TemporaryDirectory(prefix="bedside-bench-") as scratch:
        folder = Path(scratch) / "recordings"
        command = "`python bench/calibration.py"
        if options.memory:
            large_files(folder)
            title, measured = "Memory of a calibration build", memory(folder, Path(scratch))
            how = f"{command} --memory`: {LARGE_FILES} files, {_gigabytes(folder)}, default settings:"
        else:
            sizes = {name: getattr(options, name) for name in ("wearables", "neonates", "adults")}
            write_folder(folder, **sizes, seed=SEED)
            title, measured = "Calibration", speed(folder, Path(scratch), options.rounds)
            rows = (
                f"{sizes['wearables'] * 108_000:,} rows of wearables, {sizes['neonates'] * 90_000:,} of "
                f"monitors every second, {sizes['adults'] * 2_500:,} every minute"
            )
            how = (
                f"{command}`, {options.rounds} rounds, {usable_cores()} cores; {rows}, {_gigabytes(folder)}:"
            )
    print(f"{how}\n\n{measured}")
    if options.write:
        write_section(options.write, title, f"{how}\n\n{measured}")


def _gigabytes(folder: Path) -> str:
    return f"{size_bytes(folder.rglob('*.csv')) / 1e9:.2f} GB"


if __name__ == "__main__":
    main()
