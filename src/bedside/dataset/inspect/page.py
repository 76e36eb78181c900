"""Write what was counted as one HTML page that needs nothing else, pictures included."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside import pages
from bedside.dataset.inspect.counting import Part, Seen
from bedside.dataset.inspect.drawings import bars, histogram
from bedside.dataset.pictures import is_inside
from bedside.examples import Evidence, Example, Message

__all__ = ["write_page"]

MOST_SHOWN = 24
MOST_FINDINGS = 80
MOST_TEXT = 1200
_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".gif": "gif"}


@dataclass(frozen=True)
class Card:
    """One example as the page shows it."""

    part: str
    id: str
    subject: str
    source: str
    task: str
    pictures: tuple[str, ...]
    messages: tuple[Message, ...]
    text: str
    evidence: tuple[Evidence, ...]


def write_page(seen: Seen, *, folder: Path, path: Path) -> None:
    """Write the page on the dataset in `folder`.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    names = [part.name for part in seen.parts]
    findings = _table([part.findings for part in seen.parts])
    values = {
        "name": folder.absolute().name,
        "seen": seen,
        "sources": _table([part.sources for part in seen.parts]),
        "tasks": bars(_table([part.tasks for part in seen.parts]), names),
        "findings": bars(dict(list(findings.items())[:MOST_FINDINGS]), names) if findings else "",
        "findings_left": max(0, len(findings) - MOST_FINDINGS),
        "sexes": bars(_table([part.sexes for part in seen.parts]), names),
        "ages": histogram(_sum([part.ages for part in seen.parts]), unit="years", what="subjects"),
        "without_age": sum(len(part.subjects) - part.ages.total() for part in seen.parts),
        "asked": histogram(_sum([part.asked for part in seen.parts]), unit=seen.unit, what="examples"),
        "answered": histogram(_sum([part.answered for part in seen.parts]), unit=seen.unit, what="examples"),
        "cards": _cards(seen, folder),
        "median": _median,
    }
    template = Path(__file__).with_name("page.html")
    pages.write_page(path, template, values, purpose="Writing the page of a dataset")


def _table(counts: Sequence[Counter[str]]) -> dict[str, list[int]]:
    """Return for each name its count in every part, the most frequent first."""
    total = Counter[str]()
    for of_part in counts:
        total.update(of_part)
    names = sorted(total, key=lambda name: (-total[name], name))
    return {name: [of_part[name] for of_part in counts] for name in names}


def _sum(counts: Sequence[Counter[int]]) -> Counter[int]:
    total = Counter[int]()
    for of_part in counts:
        total.update(of_part)
    return total


def _median(part: Part) -> int | None:
    """Return the median length of what a model is to say in a part; the lower one of two."""
    half = (part.answered.total() + 1) // 2
    reached = 0
    for length in sorted(part.answered):
        reached += part.answered[length]
        if reached >= half:
            return length
    return None


def _cards(seen: Seen, folder: Path) -> list[Card]:
    """Take the examples that are shown: one of each source and task first, then second ones."""
    kinds: Counter[tuple[str, str | None]] = Counter()
    rounds: list[tuple[int, int]] = []
    for position, (_, example) in enumerate(seen.shown):
        rounds.append((kinds[example.source, example.task], position))
        kinds[example.source, example.task] += 1
    chosen = sorted(position for _, position in sorted(rounds)[:MOST_SHOWN])
    return [_card(*seen.shown[position], folder) for position in chosen]


def _card(part: str, example: Example, folder: Path) -> Card:
    return Card(
        part=part,
        id=example.id,
        subject=example.subject_id,
        source=example.source,
        task=example.task or "",
        pictures=tuple(url for image in example.images if (url := _picture(image, folder)) is not None),
        messages=tuple(it.model_copy(update={"content": _cut(it.content)}) for it in example.messages),
        text=_cut(example.text or ""),
        evidence=example.evidence or (),
    )


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text):,} characters)"


def _picture(image: str, folder: Path) -> str | None:
    file = folder / image
    kind = _TYPES.get(file.suffix.lower())
    if kind is None or not is_inside(image) or not file.is_file():
        return None
    return f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
