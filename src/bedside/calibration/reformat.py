"""Turn an existing plain corpus into conversations.

The corpus is divided into records by lines of 20 or more `=`; where it has none, by empty lines. The heading
of the published data set is taken off. In the published form a record is the question and the answer is one
constant sentence. In the clinical form the question holds the record's data and the answer what the record
itself concludes, which is looked for in this order: the `conclusion` that `records.jsonl` beside the corpus
gives for that text; the last paragraph, where the record has several; the last sentence, where it has
several. A record of one sentence concludes nothing and is left out and counted: no answer is made up. A
sentence ends at `.`, `!` or `?` before white space and a capital letter or a digit.

Knows nothing of tokens: whether a model reads the turns as meant is for the audit to say.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bedside.calibration.published import (
    CHAT_FILE,
    HEADING,
    REPLY,
    USUAL_VARIANT,
    VARIANT_FILES,
    chat_text,
)
from bedside.calibration.texts import Text, chat_file
from bedside.chat import BOS, START_OF_TURN, as_text, render
from bedside.errors import DataError
from bedside.examples import Message
from bedside.prompts import CALIBRATION_PROMPTS, DEPLOYMENT, calibration_question
from bedside.vitals.readers.blocks import open_lines
from bedside.vitals.readers.stream import Tally

__all__ = ["CorpusRecord", "PlainCorpus", "ReformatReport", "Reformatted", "read_corpus", "reformat"]

_ALL = "all"
_RECORDS_FILE = "records.jsonl"
_DIVIDER_LINE = re.compile(r"^={20,}[ \t]*$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


@dataclass(frozen=True)
class CorpusRecord:
    """One record: all of its text, and its parts, the last of which is `None` where it concludes nothing."""

    text: str
    data: str
    conclusion: str | None


@dataclass(frozen=True)
class PlainCorpus:
    """A plain corpus.

    Attributes:
        path: the file.
        encoding: `utf-8`, `utf-8 with BOM` or `cp1252`.
        divided_by: what stands between its records, in words.
        records: its records, in order.
    """

    path: Path
    encoding: str
    divided_by: str
    records: tuple[CorpusRecord, ...]


@dataclass(frozen=True)
class ReformatReport:
    """What became of a corpus.

    Attributes:
        records: records in the corpus.
        encoding: how it was decoded.
        divided_by: what stands between its records, in words.
        conversations: conversations in each file.
        without_conclusion: records left out because they conclude nothing of their own.
        distinct_replies: how many different replies there are.
        notes: what a user should know, in words.
    """

    records: int
    encoding: str
    divided_by: str
    conversations: int
    without_conclusion: int
    distinct_replies: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Reformatted:
    """The conversations by file name, and what became of the corpus."""

    files: Mapping[str, str]
    report: ReformatReport


def read_corpus(path: Path) -> PlainCorpus:
    """Read a plain corpus, and the conclusions of its texts where `records.jsonl` lies beside it.

    Raises:
        DataError: the file cannot be read, holds no record, or holds conversations already.
    """
    tally = Tally()
    whole = "\n".join(_lines(path, tally))
    if whole.lstrip().startswith((START_OF_TURN, BOS)):
        raise DataError(
            "this file holds conversations already",
            file=path,
            line=1,
            fix="give the plain text that they were made from",
        )
    by_line = _DIVIDER_LINE.search(whole) is not None
    pieces = (_DIVIDER_LINE if by_line else _EMPTY_LINES).split(whole)
    texts = [text for piece in pieces if (text := piece.strip().removeprefix(HEADING).strip())]
    if not texts:
        raise DataError("no text in it", file=path, fix="give a plain corpus, for example plain.txt")
    known = _conclusions(path.with_name(_RECORDS_FILE))
    return PlainCorpus(
        path=path,
        encoding=tally.encoding,
        divided_by="lines of =" if by_line else "empty lines",
        records=tuple(_record(text, known.get(text)) for text in texts),
    )


def reformat(
    corpus: PlainCorpus,
    *,
    prompt: str | None = None,
    profile: Literal["clinical", "published"] = "clinical",
) -> Reformatted:
    """Make conversations of a corpus.

    Args:
        corpus: the records.
        prompt: how a question is put, a name of `prompts.CALIBRATION_PROMPTS`; `all` makes a file for each;
            `None` takes the profile's usual one, `deployment` or `quantization_calibration`.
        profile: `clinical` for Gemma's own turns, `published` for the published form.

    Raises:
        DataError: no record has a conclusion, or the profile has no such prompt.
    """
    is_published = profile == "published"
    known = (*(VARIANT_FILES if is_published else CALIBRATION_PROMPTS), _ALL)
    chosen = prompt or (USUAL_VARIANT if is_published else DEPLOYMENT)
    if chosen not in known:
        raise DataError(
            f"the {profile} form has no prompt {chosen!r}", fix=f"choose one of {', '.join(known)}"
        )
    return _published(corpus, chosen) if is_published else _clinical(corpus, chosen)


def _published(corpus: PlainCorpus, prompt: str) -> Reformatted:
    texts = [record.text for record in corpus.records]
    if prompt == _ALL:
        files = {name: chat_text(texts, variant) for variant, name in VARIANT_FILES.items()}
    else:
        is_usual = prompt == USUAL_VARIANT
        name = CHAT_FILE if is_usual else VARIANT_FILES[prompt]
        files = {name: chat_text(texts, prompt)}
    note = "every reply is the same published sentence, whatever the record says"
    return Reformatted(files, _report(corpus, [REPLY] * len(texts), (note,)))


def _clinical(corpus: PlainCorpus, prompt: str) -> Reformatted:
    names = tuple(CALIBRATION_PROMPTS) if prompt == _ALL else (prompt,)
    concluding = [(record.data, record.conclusion) for record in corpus.records if record.conclusion]
    if not concluding:
        raise DataError(
            "no record of this corpus concludes anything: each is one sentence, so there is no answer",
            file=corpus.path,
            fix="give records that end in a conclusion, or records.jsonl beside the corpus",
        )
    texts = [_conversations(data, conclusion, names) for data, conclusion in concluding]
    files = {
        "chat.txt" if len(names) == 1 else f"chat-{name}.txt": chat_file(texts, number)
        for number, name in enumerate(names)
    }
    replies = [conclusion for _, conclusion in concluding]
    return Reformatted(files, _report(corpus, replies, _notes(corpus, replies)))


def _conversations(data: str, conclusion: str, names: Sequence[str]) -> Text:
    answer = Message(role="assistant", content=conclusion)
    return Text(
        subject_id="",
        group="corpus",
        stratum="",
        plain=as_text(f"{data} {conclusion}"),
        chats=tuple(render((*calibration_question(name, data), answer)) for name in names),
    )


def _report(corpus: PlainCorpus, replies: Sequence[str], notes: tuple[str, ...]) -> ReformatReport:
    return ReformatReport(
        records=len(corpus.records),
        encoding=corpus.encoding,
        divided_by=corpus.divided_by,
        conversations=len(replies),
        without_conclusion=len(corpus.records) - len(replies),
        distinct_replies=len(set(replies)),
        notes=notes,
    )


def _notes(corpus: PlainCorpus, replies: Sequence[str]) -> tuple[str, ...]:
    """Say what the corpus lacks: conclusions, or conclusions of their own."""
    notes: list[str] = []
    if left_out := len(corpus.records) - len(replies):
        notes.append(f"{left_out} of {len(corpus.records)} records are one sentence and were left out")
    most, times = Counter(replies).most_common(1)[0]
    if times == len(replies) > 1:
        notes.append(
            f"every record concludes the same: the corpus gives no conclusion of its own: {most[:80]!r}"
        )
    elif times > max(1, len(replies) // 2):
        notes.append(f"{times} of {len(replies)} records conclude the same: {most[:80]!r}")
    return tuple(notes)


def _record(text: str, known: str | None) -> CorpusRecord:
    """Divide a record into its data and what it concludes."""
    if known is not None and text.endswith(known) and text != known:
        return CorpusRecord(text, text.removesuffix(known).strip(), known)
    for boundary in (_EMPTY_LINES, _SENTENCE_END):
        ends = [match.span() for match in boundary.finditer(text)]
        if ends:
            start, end = ends[-1]
            return CorpusRecord(text, text[:start], text[end:])
    return CorpusRecord(text, text, None)


def _conclusions(path: Path) -> dict[str, str]:
    """Read what each text concludes from `records.jsonl`; nothing where there is none, or no row in it.

    Raises:
        DataError: a line of it is no row with `text` and `conclusion`.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return {}
    known: dict[str, str] = {}
    for number, line in enumerate(_lines(path, Tally()), start=1):
        try:
            row = json.loads(line)
            known[as_text(row["text"].strip())] = as_text(row["conclusion"].strip())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"not a row with 'text' and 'conclusion': {error!r}",
                file=path,
                line=number,
                fix="build the corpus again, or take records.jsonl from beside it",
            ) from error
    return {text: conclusion for text, conclusion in known.items() if conclusion}


def _lines(path: Path, tally: Tally) -> Iterator[str]:
    for _, lines in open_lines(path, tally=tally):
        yield from lines
