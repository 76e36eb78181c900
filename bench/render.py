"""Time ECG pictures beside ecg_plot and plain matplotlib, on the same synthesized records.

Every kind of work runs in a fresh process and is timed by the processor time of that process, without its
imports; the kinds take turns, several rounds. Without compiled code means that numba cannot be imported.
`--scale` draws from a thousand to a hundred thousand files instead, on one process, on two and on Ray.
Needs `pip install ecg_plot==0.3.0 cairosvg matplotlib`.
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
from functools import partial
from pathlib import Path

from benchmarks_page import table, write_section

from bedside.executor import map_items, usable_cores

SEED = 3407
RECORDS = 24
CHUNK = 250
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
DPI = 3.5 * 25.4
COLUMNS = (("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5", "V6"))


def ours(folder: Path, _: Path, *, png: bool, distorted: bool = False) -> Callable[[int], None]:
    import numpy as np

    from bedside.ecg.distort import distort, draw_distortion
    from bedside.ecg.render import draw

    records = load(folder)

    def work(number: int) -> None:
        picture = draw(records[number % RECORDS])
        if distorted:
            distort(picture.rgb(), draw_distortion(np.random.default_rng([SEED, number])))
        if png:
            picture.png()

    return work


def files(folder: Path, out: Path, *, seed: int | None = None) -> Callable[[int], None]:
    from bedside.ecg.drawing import Drawing, draw_file

    names = record_files(folder)

    def work(number: int) -> None:
        drawn = draw_file(
            (str(names[number % RECORDS]), out / f"{number % RECORDS}.png"),
            drawing=Drawing(distortion_seed=seed),
        )
        assert not drawn.error, drawn.error

    return work


def with_ecg_plot(folder: Path, out: Path, *, suffix: str) -> Callable[[int], None]:
    import ecg_plot

    records = load(folder)

    def work(number: int) -> None:
        record = records[number % RECORDS]
        chart = ecg_plot.plot(
            record.signals_mv,
            sample_rate=record.sampling_rate_hz,
            lead_names=list(record.leads),
            layout="12lead",
            time_mode="sequential",
            rhythm_lead="II",
        )
        chart.save(out / f"{number % RECORDS}{suffix}", dpi=DPI)

    return work


def with_matplotlib(folder: Path, out: Path) -> Callable[[int], None]:
    import matplotlib as mpl

    mpl.use("agg")
    import numpy as np
    from matplotlib import pyplot as plt
    from matplotlib.ticker import MultipleLocator

    records = load(folder)

    def work(number: int) -> None:
        record = records[number % RECORDS]
        figure, axes = plt.subplots(figsize=(256 / 25.4, 256 / 25.4), dpi=DPI)
        seconds = np.arange(record.signals_mv.shape[1]) / record.sampling_rate_hz
        for column, leads in enumerate(COLUMNS):
            shown = (seconds >= 2.5 * column) & (seconds < 2.5 * (column + 1))
            for row, lead in enumerate(leads):
                axes.plot(
                    seconds[shown], record.signals_mv[record.leads.index(lead)][shown] - 6 * row, "k", lw=0.8
                )
                axes.text(2.5 * column + 0.05, 1.8 - 6 * row, lead)
        axes.plot(seconds, record.signals_mv[1] - 18, "k", lw=0.8)
        axes.set(xlim=(-0.24, 10), ylim=(-22, 3.6))
        axes.xaxis.set_major_locator(MultipleLocator(0.2))
        axes.xaxis.set_minor_locator(MultipleLocator(0.04))
        axes.yaxis.set_major_locator(MultipleLocator(0.5))
        axes.yaxis.set_minor_locator(MultipleLocator(0.1))
        axes.grid(which="major", color="#f0b8b2", lw=0.6)
        axes.grid(which="minor", color="#fae2de", lw=0.4)
        axes.tick_params(labelbottom=False, labelleft=False)
        figure.savefig(out / f"{number % RECORDS}.png")
        plt.close(figure)

    return work


Prepare = Callable[[Path, Path], Callable[[int], None]]
OURS: dict[str, tuple[str, Prepare, int]] = {
    "draw": ("draw", partial(ours, png=False), 800),
    "png": ("draw, encode as PNG", partial(ours, png=True), 500),
    "file": ("read WFDB, draw, write PNG", files, 400),
    "distort": ("draw, distort", partial(ours, png=False, distorted=True), 40),
    "distorted-file": ("read WFDB, draw, distort, write PNG", partial(files, seed=SEED), 20),
}
PEERS: dict[str, tuple[str, Prepare, int]] = {
    "ecg_plot": ("ecg_plot 0.3.0, PNG of the same scale", partial(with_ecg_plot, suffix=".png"), 3),
    "ecg_plot-svg": ("ecg_plot 0.3.0, SVG", partial(with_ecg_plot, suffix=".svg"), 10),
    "matplotlib": ("matplotlib, PNG of the same size", with_matplotlib, 3),
}
GOALS = {"png": "≥ 450", "file": "≥ 400", "distort": "≥ 40"}
PLAIN_GOALS = {"png": "≥ 150", "distort": "≥ 10"}


def record_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.hea"))


def load(folder: Path) -> list:
    from bedside.ecg.readers import read_ecg

    return [read_ecg(path).record for path in record_files(folder)]


def measure(kind: str, folder: Path, out: Path) -> None:
    """Do one kind of work in this process, and print how many a second of processor time it did."""
    name, _, plain = kind.partition(":")
    if plain:
        sys.modules["numba"] = None  # type: ignore[assignment]
    _, prepare, count = {**OURS, **PEERS}[name]
    work = prepare(folder, out)
    for number in range(2):
        work(number)
    started = time.process_time()
    for number in range(count):
        work(number)
    print(count / (time.process_time() - started))


def rate(kind: str, folder: Path, out: Path) -> float:
    command = [sys.executable, __file__, "--measure", kind, str(folder), str(out)]
    environment = {**os.environ, **ONE_THREAD}
    ran = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{kind} failed:\n{ran.stderr}")
    return float(ran.stdout)


def speed(folder: Path, out: Path, rounds: int) -> str:
    """Measure every kind of work in turn; return the tables."""
    kinds = [*OURS, *(f"{kind}:plain" for kind in OURS), *PEERS]
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(rounds):
        for kind in kinds:
            rates[kind].append(rate(kind, folder, out))
            print(f"round {number + 1}: {kind} {rates[kind][-1]:.1f}/s", file=sys.stderr)
    median = {kind: statistics.median(values) for kind, values in rates.items()}

    rows = [
        [f"{name}; {how}", *figures(rates[f"{kind}{suffix}"]), goals.get(kind, "")]
        for how, suffix, goals in (("with numba", "", GOALS), ("numpy only", ":plain", PLAIN_GOALS))
        for kind, (name, _, _) in OURS.items()
    ]
    rows += [[name, *figures(rates[kind]), ""] for kind, (name, _, _) in PEERS.items()]
    median = {kind: statistics.median(values) for kind, values in rates.items()}
    compared = [
        [f"drawn and encoded {how} / {name}", f"{median[kind] / median[peer]:.0f}"]
        for peer, (name, _, _) in PEERS.items()
        for kind, how in (("png", "with numba"), ("png:plain", "with numpy only"))
    ]
    return "\n\n".join(
        (
            table(["work", "a second of one core", "min", "max", "goal"], rows),
            table(["ratio of medians", "measured"], compared),
        )
    )


def figures(rates: list[float]) -> list[str]:
    return [
        f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        for value in (statistics.median(rates), min(rates), max(rates))
    ]


def draw_chunk(numbers: range, *, folder: Path, out: Path) -> int:
    """Read, draw and write a chunk of records; a few files stand for many."""
    work = files(folder, out)
    for number in numbers:
        work(number)
    return len(numbers)


def scale(folder: Path, out: Path, largest: int) -> str:
    """Draw more and more records on one process, on two and on Ray; return the table."""
    rows = []
    counts = [count for count in (1_000, 10_000, 100_000) if count <= largest]
    for count in counts:
        chunks = [range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
        for name, workers, executor in (
            ("1 process", 1, "local"),
            ("2 processes", 2, "local"),
            ("Ray, 2 CPUs", 2, "ray"),
        ):
            place = out / f"{name}-{count}".replace(" ", "-")
            place.mkdir()
            started = time.perf_counter()
            done = map_items(
                partial(draw_chunk, folder=folder, out=place),
                chunks,
                workers=workers,
                executor=executor,
                description=f"{count} records, {name}",
            )
            taken = time.perf_counter() - started
            assert sum(done) == count
            rows.append([f"{count:,}", name, f"{taken:.1f}", f"{count / taken:.0f}"])
            print(*rows[-1], file=sys.stderr)
    return table(["records", "on", "s", "records a second"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", action="store_true", help="draw many files instead; minutes")
    parser.add_argument("--largest", type=int, default=100_000, help="most records with --scale")
    parser.add_argument("--write", type=Path, help="write the tables to this page")
    parser.add_argument("--measure", nargs=3, metavar=("KIND", "FOLDER", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        kind, folder, out = options.measure
        measure(kind, Path(folder), Path(out))
        return
    from bedside.ecg.synth.files import write_synthetic

    with tempfile.TemporaryDirectory(prefix="bedside-bench-") as scratch:
        folder, out = Path(scratch) / "records", Path(scratch) / "pictures"
        out.mkdir()
        write_synthetic(folder, count=RECORDS, seed=SEED)
        cores = f"{usable_cores()} cores"
        records = f"{RECORDS} synthetic records of 12 leads × 5,000 samples"
        if options.scale:
            title, measured = "ECG pictures, many", scale(folder, out, options.largest)
            how = f"`python bench/render.py --scale`, {cores}; {records}, again and again:"
        else:
            title, measured = "ECG pictures", speed(folder, out, options.rounds)
            how = (
                f"`python bench/render.py`, {options.rounds} rounds, {cores}; {records}, layout 3x4+1R, "
                "896 × 896 px; processor time of one process:"
            )
    print(f"{how}\n\n{measured}")
    if options.write:
        write_section(options.write, title, f"{how}\n\n{measured}")


if __name__ == "__main__":
    main()
