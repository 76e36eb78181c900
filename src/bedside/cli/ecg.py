"""Commands on ECG records: show what is in one, draw some, make synthetic ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bedside.cli.output import Json, print_json, print_table
from bedside.console import say
from bedside.errors import DataError

if TYPE_CHECKING:
    from bedside.ecg.drawing import Drawn
    from bedside.ecg.drawing import ReadingOptions as Options

__all__ = ["render", "show", "synth"]

WORTH_PROCESSES = 64
"""Fewer records are drawn before another process has started."""


@Parameter(name="*")
@dataclass(frozen=True)
class ReadingOptions:
    """What a file may leave open.

    Attributes:
        sampling_rate: samples per second, of a CSV without a time column.
        unit: of the values: mV, uV or V, where a CSV does not say.
        leads: names of the columns, I,II,…, where a CSV has no header.
        amplitude_gain: what the numbers of an HDF5 file are multiplied with to be millivolts.
    """

    sampling_rate: float | None = None
    unit: str | None = None
    leads: str | None = None
    amplitude_gain: float | None = None

    def resolved(self) -> Options:
        """Return them as the readers take them."""
        from bedside.ecg.drawing import ReadingOptions as Options

        leads = None if self.leads is None else tuple(name.strip() for name in self.leads.split(","))
        return Options(self.sampling_rate, self.unit, leads, self.amplitude_gain)


_READING = ReadingOptions()


def show(record: str, *, reading: ReadingOptions = _READING, as_json: Json = False) -> None:
    """Show what an ECG holds, lead by lead, and what is not as it should be.

    Args:
        record: a WFDB record, CSV, DICOM or HDF5 file; FILE#INDEX where a file holds many.
    """
    from bedside.ecg.reading import LEFT_OUT
    from bedside.ecg.summary import summarize

    read = reading.resolved().read(record)
    summary = summarize(read)
    if as_json:
        # The leads keep the order of the record; all other keys are sorted, as everywhere.
        ordered = {key: summary[key] for key in sorted(summary)}
        ordered["leads"] = {name: dict(sorted(lead.items())) for name, lead in summary["leads"].items()}
        ordered["warnings"] = [dict(sorted(warning.items())) for warning in summary["warnings"]]
        sys.stdout.write(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")
        return
    leads = summary["leads"]
    held = f"{summary['format']}, {summary['sampling_rate_hz']:g} Hz, {summary['duration_s']:g} s"
    print_table(
        [
            {
                "lead": name,
                **{f"{of} mV": _shown(lead[f"{of}_mv"]) for of in ("min", "max", "mean")},
                "missing": lead["missing_samples"],
                "flags": ", ".join(lead["flags"]),
            }
            for name, lead in leads.items()
        ],
        title=f"{summary['record']}: {held}",
    )
    for warning in summary["warnings"]:
        print(f"{warning['code']}: {warning['message']}")  # noqa: T201
    for comment in read.comments:
        if comment.startswith(LEFT_OUT):
            print(comment)  # noqa: T201


def render(
    *records: str,
    out: Path,
    layout: str = "3x4+1R",
    size: str = "896",
    speed: float = 25,
    gain: float = 10,
    start: float = 0,
    distort_seed: int | None = None,
    reading: ReadingOptions = _READING,
    workers: int | None = None,
    as_json: Json = False,
) -> None:
    """Draw ECGs; a record that cannot be read is named, and the others are drawn.

    Args:
        records: WFDB records, CSV, DICOM or HDF5 files; FILE#INDEX where a file holds many.
        out: a folder, or for one record a .png or .svg file.
        layout: 3x4, 3x4+1R, 3x4+3R, 6x2, 12x1, each also with -cabrera, or rows such as I,V1/II,V2.
        size: 896 (a square of that many pixels), a4, letter, a4@300 (dots per inch) or 1200x800@4 (px/mm).
        speed: paper speed, mm/s: 25 or 50.
        gain: mm/mV: 5, 10 or 20.
        start: second of the record at which the page begins.
        distort_seed: draw as a photograph or scan would show it; each seed and record gives another one.
        workers: processes; by default as many as there are cores.
    """
    from bedside.ecg.drawing import Drawing, draw_file, picture_names
    from bedside.ecg.render import RenderOptions, parse_layout, parse_paper
    from bedside.executor import map_items, usable_cores

    if not records:
        raise DataError("no record is given", fix="bedside ecg render RECORD… --out DIR")
    if workers is not None and workers < 1:
        raise DataError(f"{workers} workers", fix="give 1 or more, or leave --workers out")
    options = RenderOptions(
        layout=parse_layout(layout), paper=parse_paper(size), mm_per_s=speed, mm_per_mv=gain, start_s=start
    )
    drawing = Drawing(options, reading.resolved(), distort_seed)
    files = picture_names(records, out)
    (out.parent if out in files.values() else out).mkdir(parents=True, exist_ok=True)
    cores = usable_cores() if len(files) >= WORTH_PROCESSES else 1
    drawn = map_items(
        partial(draw_file, drawing=drawing),
        list(files.items()),
        workers=workers or cores,
        description="drawing",
        name=lambda item: item[0],
    )
    _tell(drawn, as_json=as_json)


def _tell(drawn: Sequence[Drawn], *, as_json: bool) -> None:
    """Print what became of each record; raise where some could not be drawn."""
    for item in drawn:
        for warning in item.warnings:
            say(f"{item.record}: {warning}")
        if not item.error and not as_json:
            print(item.file)  # noqa: T201
    if as_json:
        print_json([{**vars(item), "file": "" if item.error else str(item.file)} for item in drawn])
    if failed := [item for item in drawn if item.error]:
        listed = "".join(f"\n{_failure(item)}" for item in failed)
        raise DataError(f"{len(failed)} of {len(drawn)} records could not be drawn:{listed}")


def synth(
    *,
    n: int,
    out: Path,
    seed: int = 0,
    kind: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=False)] = (),
    sampling_rate: float = 500,
    duration: float = 10,
    as_json: Json = False,
) -> None:
    """Make synthetic 12-lead ECGs: WFDB records, and truth.jsonl with what each of them shows.

    Args:
        n: how many; the kinds take turns.
        out: the folder to write, which must be empty or absent.
        seed: the same seed gives the same bytes.
        kind: what they show; repeatable; all kinds where not given.
        sampling_rate: samples per second.
        duration: seconds.
    """
    from bedside.ecg.synth import write_synthetic

    made = write_synthetic(
        out, count=n, seed=seed, kinds=kind, sampling_rate_hz=sampling_rate, duration_s=duration
    )
    if as_json:
        print_json({"path": str(out), "records": n, "kinds": made})
    else:
        print_table([{"kind": name, "records": count} for name, count in made.items()], title=str(out))


def _failure(item: Drawn) -> str:
    """Say why a record was not drawn, and what to do about it."""
    named = item.error if item.error.startswith(item.record) else f"{item.record}: {item.error}"
    return str(DataError(named, fix=item.fix))


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
