"""Folders of 12-lead ECGs as a source: a picture of each record, and questions with traceable answers.

A folder is recognised, its tables become rows, and pieces of rows become examples: facts, then questions,
then the picture. What comes out of a record depends on the settings, the seed and the record alone, not on
how the rows are cut. Knows nothing of the split.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl

from bedside.dataset.ecg import challenge, chapman, code15, mimic, plain, ptbxl, synthetic
from bedside.dataset.ecg.config import EcgSource
from bedside.dataset.ecg.drawing import render_options
from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.ecg.fairness import Fairness, balance
from bedside.dataset.ecg.folders import Database, EcgFolder, recognise
from bedside.dataset.ecg.making import NOTHING_KNOWN, Made, make
from bedside.dataset.ecg.signals import readings
from bedside.dataset.ecg.tables import Table
from bedside.dataset.gathered import Dropped, Gathered
from bedside.ecg.reading import EcgReading
from bedside.errors import DataError

__all__ = ["EcgChunk", "chunks", "gather"]

PER_CHUNK = 256
MOST_LOOKED_AT = 20_000
"""Rows that are looked at to find how common each finding is in a source."""
_ROWS: Mapping[Database, Callable[[Path], Table]] = MappingProxyType(
    {
        "code-15": code15.rows,
        "chapman-shaoxing": chapman.rows,
        "mimic-iv-ecg": mimic.rows,
        "challenge-2021": challenge.rows,
        "synthetic": synthetic.rows,
        "wfdb": plain.rows,
    }
)
_FACTS: Mapping[Database, Callable[[pl.DataFrame, Path], Iterator[EcgFacts | Dropped]]] = MappingProxyType(
    {
        "ptb-xl": ptbxl.facts,
        "code-15": code15.facts,
        "chapman-shaoxing": chapman.facts,
        "mimic-iv-ecg": mimic.facts,
        "challenge-2021": challenge.facts,
        "synthetic": synthetic.facts,
        "wfdb": plain.facts,
    }
)


@dataclass(frozen=True, eq=False)
class EcgChunk:
    """Some records of a folder; the first one also knows what of the tables is not used at all.

    Attributes:
        source: the settings.
        folder: the data set.
        number: of the chunk, from 0.
        rows: what the tables say of its records; no nested columns, whose slices are pickled whole.
        seed: of wording and distortion.
        fairness: how often each finding is asked about, the same for all chunks of a folder.
        dropped: rows of the tables that are no record.
    """

    source: EcgSource
    folder: EcgFolder
    number: int
    rows: pl.DataFrame
    seed: tuple[int, ...]
    fairness: Fairness
    dropped: tuple[Dropped, ...] = ()


def chunks(source: EcgSource, *, seed: tuple[int, ...]) -> tuple[EcgChunk, ...]:
    """Recognise the folder, read its tables and cut them into pieces.

    Raises:
        DataError: the folder holds no ECG or several data sets, a table cannot be read, there is no such
        layout, or a gain is given that would not be used. MissingExtraError: a package that reads the tables
        is not installed.
    """
    render_options(source)
    folder = recognise(source.path)
    _require_use_of_gain(source, folder)
    table = _table(folder, source)
    fairness = _fairness(table.frame, folder)
    return tuple(
        EcgChunk(source, folder, number, rows, seed, fairness, () if number else table.dropped)
        for number, rows in enumerate(_pieces(table.frame))
    )


def gather(chunk: EcgChunk, *, folder: Path) -> Gathered:
    """Make the examples of a chunk; their pictures are written below `folder/images`.

    How each picture was made (scale, distortion, what is odd about the record) is written to a file of the
    chunk below `folder/pictures`. Made again, it writes the same.

    Raises:
        MissingExtraError: a package that reads or distorts is not installed.
    """
    dropped = list(chunk.dropped)
    known: list[EcgFacts] = []
    for it in _FACTS[chunk.folder.database](chunk.rows, chunk.folder.root):
        if isinstance(it, Dropped):
            dropped.append(it)
        elif it.codes or it.measured or it.report:
            known.append(it)
        else:
            dropped.append(Dropped(f"record {it.record_name}", NOTHING_KNOWN))
    made: list[Made] = []
    signals = readings(known, amplitude_gain=chunk.source.amplitude_gain)
    for facts, reading in zip(known, signals, strict=True):
        try:
            if isinstance(reading, DataError):
                raise reading
            made.append(_made(facts, reading, chunk, folder))
        except DataError as error:
            dropped.append(Dropped(f"record {facts.record_name}", error.reason, error.fix))
    _write_entries(made, chunk, folder)
    return Gathered(tuple(example for it in made for example in it.examples), tuple(dropped))


def _made(facts: EcgFacts, reading: EcgReading, chunk: EcgChunk, folder: Path) -> Made:
    return make(facts, reading, chunk.source, fairness=chunk.fairness, seed=chunk.seed, folder=folder)


def _require_use_of_gain(source: EcgSource, folder: EcgFolder) -> None:
    if source.amplitude_gain is not None and folder.database != "code-15":
        raise DataError(
            f"amplitude_gain is for the tracings of CODE-15 %; {folder.database} states its own scale",
            file=folder.root,
            fix="leave amplitude_gain out",
        )


def _fairness(frame: pl.DataFrame, folder: EcgFolder) -> Fairness:
    """Look at the labels of at most `MOST_LOOKED_AT` rows, evenly spaced, and at no signal."""
    count = min(frame.height, MOST_LOOKED_AT)
    some = frame[[number * frame.height // count for number in range(count)]]
    found = _FACTS[folder.database](some, folder.root)
    return balance(it for it in found if isinstance(it, EcgFacts))


def _write_entries(made: Sequence[Made], chunk: EcgChunk, folder: Path) -> None:
    """Write how the chunk's pictures were made, a line each."""
    path = folder / "pictures" / f"{'-'.join(map(str, chunk.seed))}-{chunk.number:06d}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{it.entry}\n" for it in made), encoding="utf-8", newline="\n")


def _table(folder: EcgFolder, source: EcgSource) -> Table:
    if folder.database == "ptb-xl":
        return ptbxl.rows(folder.root, rate=source.ptbxl_rate)
    return _ROWS[folder.database](folder.root)


def _pieces(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut the rows; of tracings in HDF5 no piece has rows of two files. A table without rows is one piece."""
    files = frame.partition_by("part", maintain_order=True) if "part" in frame.columns else [frame]
    for file in files:
        yield from file.iter_slices(PER_CHUNK) if file.height else (file,)
    if not files:
        yield frame
