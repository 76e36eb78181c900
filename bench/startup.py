"""How long `bedside --help` takes, beside the peers' command lines in the same environment.

Runs each command in turn, several rounds, and reports medians and the ratio to ours.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks_page import table, write_section

BIN = Path(sys.executable).parent
COMMANDS = {
    "bedside --help": [str(BIN / "bedside"), "--help"],
    "trl --help": [str(BIN / "trl"), "--help"],
    "accelerate --help": [str(BIN / "accelerate"), "--help"],
    "python -c pass": [sys.executable, "-c", "pass"],
}


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path, help="write the table to this page")
    options = parser.parse_args()
    for command in COMMANDS.values():
        seconds(command)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(command))
    ours = statistics.median(taken["bedside --help"])
    rows = [
        [
            f"`{name}`",
            f"{(m := statistics.median(t)):.3f}",
            f"{min(t):.3f}",
            f"{max(t):.3f}",
            f"{m / ours:.1f}",
        ]
        for name, t in taken.items()
    ]
    measured = table(["command", "median s", "min", "max", "ratio to ours"], rows)
    print(measured)
    if options.write:
        how = f"`python bench/startup.py`, {options.rounds} rounds after a warm-up:"
        write_section(options.write, "Start of the command line", f"{how}\n\n{measured}")


if __name__ == "__main__":
    main()
