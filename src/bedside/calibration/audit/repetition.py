"""How much of a corpus says the same again: sentences, replies, records, boilerplate, compression."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bedside.calibration.audit.records import Corpus, Record
from bedside.chat import BOS

__all__ = ["Repeated", "RepetitionFacts", "repetition_facts", "sentence_spans"]

_LINE = re.compile(rb"[^\n]+")
_SENTENCE_END = re.compile(rb"(?<=[.!?])[ \t]+(?=[^a-z])")
_SHOWN = 12


@dataclass(frozen=True)
class Repeated:
    """A text that comes more than once: how often, and how many tokens all its places have together."""

    text: str
    count: int
    tokens: int


@dataclass(frozen=True)
class RepetitionFacts:
    """How much of a corpus says the same again.

    Attributes:
        sentences: sentences and lines.
        distinct_sentences: different ones among them.
        most_repeated: the sentences that come most often.
        replies: model turns.
        distinct_replies: different ones among them.
        top_reply: the reply that comes most often, empty where there is none.
        top_reply_count: how often it comes.
        duplicate_records: records that are the same, letter for letter, as an earlier one.
        compression_ratio: bytes of the text / bytes that zlib (level 9) makes of it.
        boilerplate_tokens: tokens in sentences that stand in more than half of the records.
        said_tokens: tokens of all that is said, without markers and roles.
    """

    sentences: int
    distinct_sentences: int
    most_repeated: tuple[Repeated, ...]
    replies: int
    distinct_replies: int
    top_reply: str
    top_reply_count: int
    duplicate_records: int
    compression_ratio: float
    boilerplate_tokens: int
    said_tokens: int


def repetition_facts(corpus: Corpus, count_tokens: Callable[[int, int], int]) -> RepetitionFacts:
    """Count what is repeated; `count_tokens` counts the tokens between two bytes."""
    sentences: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    in_records: Counter[str] = Counter()
    for record in corpus.records:
        own = [(corpus.text(*span), count_tokens(*span)) for span in sentence_spans(corpus, record)]
        for sentence, count in own:
            sentences[sentence] += 1
            tokens[sentence] += count
        in_records.update({sentence for sentence, _ in own})
    half = len(corpus.records) / 2
    replies = Counter(
        turn.text.strip() for record in corpus.records for turn in record.turns if turn.role == "model"
    )
    bodies = Counter(corpus.text(r.start, r.end).removeprefix(BOS).strip() for r in corpus.records)
    ((top_reply, top_count),) = replies.most_common(1) or [("", 0)]
    many = len(corpus.records) > 2
    return RepetitionFacts(
        sentences=sentences.total(),
        distinct_sentences=len(sentences),
        most_repeated=tuple(Repeated(s, n, tokens[s]) for s, n in sentences.most_common(_SHOWN) if n > 1),
        replies=replies.total(),
        distinct_replies=len(replies),
        top_reply=top_reply,
        top_reply_count=top_count,
        duplicate_records=bodies.total() - len(bodies),
        compression_ratio=len(corpus.data) / len(zlib.compress(corpus.data, 9)),
        boilerplate_tokens=sum(tokens[s] for s, n in in_records.items() if n > half) if many else 0,
        said_tokens=tokens.total(),
    )


def sentence_spans(corpus: Corpus, record: Record) -> Iterator[tuple[int, int]]:
    """Yield the bytes of each sentence of a record; the end of a line ends a sentence too."""
    for start, end in corpus.passages(record):
        for line in _LINE.finditer(corpus.data, start, end):
            at = line.start()
            for stop in [*_SENTENCE_END.finditer(corpus.data, *line.span()), None]:
                last = line.end() if stop is None else stop.start()
                piece = corpus.data[at:last]
                if piece.strip():
                    yield at + len(piece) - len(piece.lstrip()), at + len(piece.rstrip())
                at = last if stop is None else stop.end()
