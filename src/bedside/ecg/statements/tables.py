"""The tables of codes and phrases, read from the package's CSV files.

Lines that start with # say where a table comes from. Entries of a list are separated by |. Knows nothing of
rules; `aggregation` and `relations` hold those.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal, cast, get_args

__all__ = [
    "Kind",
    "LabelSet",
    "Phrase",
    "Statement",
    "equivalents",
    "kinds_of",
    "lines_of",
    "phrases",
    "resolve",
    "scored_classes",
    "statements",
]

Kind = Literal["diagnostic", "form", "rhythm"]
LabelSet = Literal["scp", "code6", "cpsc2018", "snomed"]


@dataclass(frozen=True)
class Statement:
    """One code of a label set.

    Attributes:
        code: as the set writes it: `AFIB`, `164889003`, `1dAVb`.
        phrase: what an ECG with this code shows, in English: `atrial fibrillation`. Codes may share one.
        description: the set's own words.
        kinds: what it is about, `diagnostic` first; four SCP statements are also `form`. Empty for what no
            ECG shows (heart failure, …).
        superclass: the diagnostic class of PTB-XL: `NORM MI STTC CD HYP`; `None` where it belongs to none.
        subclass: the diagnostic subclass of PTB-XL; SCP statements only.
        abbreviation: the Challenge's short name; SNOMED CT codes only.
        scored: the class of the Challenge's scoring weights that it counts as; `None` for what is not scored.
    """

    code: str
    phrase: str
    description: str
    kinds: tuple[Kind, ...]
    superclass: str | None = None
    subclass: str | None = None
    abbreviation: str | None = None
    scored: str | None = None

    @property
    def kind(self) -> Kind | None:
        """What it is mainly about; `None` for what no ECG shows."""
        return self.kinds[0] if self.kinds else None


@dataclass(frozen=True)
class Phrase:
    """One finding in words.

    Attributes:
        text: the canonical phrase.
        synonyms: other ways to write it.
        implies: phrases that hold whenever it does.
        unsure_with: phrases beside which it cannot be denied though no code states it.
        families: names of groups; beside one member of a group no other can be denied.
    """

    text: str
    synonyms: tuple[str, ...]
    implies: tuple[str, ...]
    unsure_with: tuple[str, ...]
    families: tuple[str, ...]


@cache
def statements(label_set: LabelSet) -> Mapping[str, Statement]:
    """Return the statements of a label set by code, in the order of the set."""
    return MappingProxyType({row["code"]: _statement(row) for row in _rows(f"{label_set}.csv")})


def resolve(code: str, label_set: LabelSet) -> Statement | None:
    """Return what `code` means; `None` where the set has no such code, so that callers can count and list it.

    Codes are compared as they are written: public copies of PTB-XL's tables hold spellings that a spreadsheet
    made (`1.0AVB`), and a guess would be a made-up label.
    """
    return statements(label_set).get(code)


@cache
def phrases() -> Mapping[str, Phrase]:
    """Return every finding that has words here by its canonical phrase."""
    return MappingProxyType({row["phrase"]: _phrase(row) for row in _rows("phrases.csv")})


@cache
def kinds_of(phrase: str) -> tuple[Kind, ...]:
    """Return what a phrase is about in any of the sets, `diagnostic` first; empty for what no ECG shows.

    Raises:
        KeyError: it is not a canonical phrase.
    """
    text = phrases()[phrase].text
    sets = get_args(LabelSet)
    kinds = {
        kind for name in sets for it in statements(name).values() if it.phrase == text for kind in it.kinds
    }
    return tuple(kind for kind in get_args(Kind) if kind in kinds)


@cache
def scored_classes() -> Mapping[str, tuple[Statement, ...]]:
    """Return the 26 classes that the Challenge 2021 scores, each with the codes that count as it.

    Their names are those of the Challenge's scoring weights: a code, or two joined by `|`.
    """
    classes: dict[str, tuple[Statement, ...]] = {}
    for statement in statements("snomed").values():
        if statement.scored is not None:
            classes[statement.scored] = (*classes.get(statement.scored, ()), statement)
    return MappingProxyType(classes)


def equivalents(code: str, label_set: LabelSet) -> Mapping[LabelSet, tuple[str, ...]]:
    """Return the codes of the other sets that mean exactly the same; empty where there is none.

    Only exact counterparts count: PTB-XL's `STD_` is *non-specific* ST depression and has none in CPSC 2018.
    """
    return _equivalents().get((label_set, code), MappingProxyType({}))


@cache
def _equivalents() -> Mapping[tuple[LabelSet, str], Mapping[LabelSet, tuple[str, ...]]]:
    sets = get_args(LabelSet)
    found: dict[tuple[LabelSet, str], Mapping[LabelSet, tuple[str, ...]]] = {}
    for row in _rows("equivalents.csv"):
        codes: dict[LabelSet, tuple[str, ...]] = {name: _listed(row[name]) for name in sets if row[name]}
        for name, own in codes.items():
            others: dict[LabelSet, tuple[str, ...]] = {it: codes[it] for it in codes if it != name}
            for code in own:
                found[name, code] = MappingProxyType(others)
    return MappingProxyType(found)


def _statement(row: Mapping[str, str]) -> Statement:
    return Statement(
        code=row["code"],
        phrase=row["phrase"],
        description=row["description"],
        kinds=_kinds(row),
        superclass=row["superclass"] or None,
        subclass=row.get("subclass") or None,
        abbreviation=row.get("abbreviation"),
        scored=row.get("scored") or None,
    )


def _kinds(row: Mapping[str, str]) -> tuple[Kind, ...]:
    """Read one column `kind`, or one column with a mark for each kind."""
    if "kind" in row:
        return (cast("Kind", row["kind"]),) if row["kind"] else ()
    return tuple(kind for kind in get_args(Kind) if row[kind])


def _phrase(row: Mapping[str, str]) -> Phrase:
    return Phrase(
        text=row["phrase"],
        synonyms=_listed(row["synonyms"]),
        implies=_listed(row["implies"]),
        unsure_with=_listed(row["unsure_with"]),
        families=_listed(row["family"]),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def lines_of(name: str) -> list[str]:
    """Return the lines of one of the package's tables without its remarks."""
    text = resources.files("bedside.ecg.statements").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(lines_of(name)))
