"""What tokens a corpus becomes, which chunks llama-imatrix makes of them, and where the records lie in these.

llama-imatrix reads a file as one stream: one beginning-of-sequence token, then the text without its last line
end, cut into chunks of n_ctx tokens; the rest is dropped (tools/imatrix/imatrix.cpp and common/arg.cpp of
the pinned llama.cpp). Token 0 of the stream is that first token.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.calibration.audit.records import MARKER, Corpus
from bedside.chat import END_OF_TURN, START_OF_TURN
from bedside.vocabulary import Encoding, Vocabulary

__all__ = ["ChunkFacts", "MarkerFacts", "RecordTokens", "Spread", "Stream", "TokenFacts", "open_stream"]


@dataclass(frozen=True)
class Spread:
    """Least, mean and most of something counted per record."""

    least: int
    mean: float
    most: int


@dataclass(frozen=True)
class RecordTokens:
    """One record in the stream.

    Attributes:
        number: of the record, from 1.
        line: its first line, from 1.
        first: its first token; the stream's token 0 stands before the text.
        tokens: how many it has.
        user: tokens of what users say; of a record without turns, all.
        model: tokens of what the model says.
        control: tokens of markers, roles and white space around them.
        cut: whether a chunk ends inside it.
    """

    number: int
    line: int
    first: int
    tokens: int
    user: int
    model: int
    control: int
    cut: bool


@dataclass(frozen=True)
class MarkerFacts:
    """What becomes of the turn markers.

    Attributes:
        missing: markers that are no token of the vocabulary.
        written: markers in the text.
        single: markers that are one token with `--parse-special`.
        single_without: markers that are one token without it.
        pieces_without: mean tokens of a marker without it.
    """

    missing: tuple[str, ...]
    written: int
    single: int
    single_without: int
    pieces_without: float


@dataclass(frozen=True)
class TokenFacts:
    """Tokens of the text, without the one put before it.

    Attributes:
        tokens: with control tokens parsed.
        tokens_without_special: without.
        bos: 1 where llama.cpp puts a token before the text, else 0.
        distinct: different tokens.
        bytes_per_token: bytes of the text per token.
        per_record: tokens per record.
        user: of these, what users say.
        model: what the model says.
        control: markers, roles and white space around them.
    """

    tokens: int
    tokens_without_special: int
    bos: int
    distinct: int
    bytes_per_token: float
    per_record: Spread
    user: Spread
    model: Spread
    control: Spread


@dataclass(frozen=True)
class ChunkFacts:
    """The chunks of the stream.

    Attributes:
        context: tokens in a chunk.
        chunks: whole chunks.
        dropped: tokens after the last one, which are not used.
        cut: records in which a chunk ends.
        longer: records longer than a chunk.
        cut_at: records cut with longer chunks: context, records.
    """

    context: int
    chunks: int
    dropped: int
    cut: int
    longer: int
    cut_at: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Stream:
    """A corpus as tokens: with control tokens parsed (`encoding`), and without (`unparsed`)."""

    corpus: Corpus
    encoding: Encoding
    unparsed: Encoding
    bos: int

    def count(self, start: int, end: int) -> int:
        """Count the tokens that end after byte `start` and not after byte `end`."""
        low, high = np.searchsorted(self.encoding.ends, [start, end], side="right")
        return int(high - low)

    def records(self, context: int) -> tuple[RecordTokens, ...]:
        """Place every record in the stream."""
        return tuple(self._record(index, context) for index in range(len(self.corpus.records)))

    def _record(self, index: int, context: int) -> RecordTokens:
        record = self.corpus.records[index]
        low, high = map(int, np.searchsorted(self.encoding.ends, [record.start, record.end], side="right"))
        first, tokens = low + self.bos, high - low
        said = {"user": 0, "model": 0} if record.turns else {"user": tokens, "model": 0}
        for turn in record.turns:
            if turn.role in said:
                said[turn.role] += self.count(turn.text_start, turn.text_end)
        return RecordTokens(
            number=record.number,
            line=record.line,
            first=first,
            tokens=tokens,
            user=said["user"],
            model=said["model"],
            control=tokens - sum(said.values()),
            cut=_is_cut(first, tokens, context),
        )

    def chunks(self, records: tuple[RecordTokens, ...], context: int) -> ChunkFacts:
        """Cut the stream into chunks."""
        total = self.encoding.ids.size + self.bos
        ends = self.encoding.ends
        ends_in_line_end = self.corpus.data.endswith(b"\n") and ends.size > 1 and ends[-1] - ends[-2] == 1
        chunks = (total - ends_in_line_end) // context
        return ChunkFacts(
            context=context,
            chunks=int(chunks),
            dropped=int(total - chunks * context),
            cut=sum(record.cut for record in records),
            longer=sum(record.tokens > context for record in records),
            cut_at=tuple(
                (longer, sum(_is_cut(r.first, r.tokens, longer) for r in records))
                for longer in (2 * context, 4 * context)
            ),
        )

    def tokens(self, records: tuple[RecordTokens, ...]) -> TokenFacts:
        """Count the tokens."""
        ids = self.encoding.ids
        return TokenFacts(
            tokens=ids.size,
            tokens_without_special=self.unparsed.ids.size,
            bos=self.bos,
            distinct=int(np.unique(ids).size),
            bytes_per_token=len(self.corpus.data) / ids.size,
            per_record=_spread([record.tokens for record in records]),
            user=_spread([record.user for record in records]),
            model=_spread([record.model for record in records]),
            control=_spread([record.control for record in records]),
        )

    def markers(self, vocabulary: Vocabulary) -> MarkerFacts:
        """See whether the turn markers become tokens of their own."""
        known = {text: vocabulary.token_of(text) for text in (START_OF_TURN, END_OF_TURN)}
        ids = [token for token in known.values() if token is not None]
        turn_markers = [m for m in MARKER.finditer(self.corpus.data) if m.group().decode() in known]
        spans = np.array([marker.span() for marker in turn_markers], dtype=np.int64).reshape(-1, 2)
        pieces = np.diff(np.searchsorted(self.unparsed.ends, spans, side="right"), axis=1)
        return MarkerFacts(
            missing=tuple(text for text, token in known.items() if token is None),
            written=len(turn_markers),
            single=_among(self.encoding.ids, ids),
            single_without=_among(self.unparsed.ids, ids),
            pieces_without=float(pieces.mean()) if pieces.size else 0.0,
        )


def open_stream(corpus: Corpus, vocabulary: Vocabulary) -> Stream:
    """Tokenize a corpus as llama-imatrix does, with and without `--parse-special`."""
    text = corpus.data.decode()
    return Stream(
        corpus=corpus,
        encoding=vocabulary.encode(text, parse_special=True, add_bos=False),
        unparsed=vocabulary.encode(text, parse_special=False, add_bos=False),
        bos=int(vocabulary.bos is not None),
    )


def _is_cut(first: int, tokens: int, context: int) -> bool:
    return tokens > 0 and first // context != (first + tokens - 1) // context


def _among(ids: NDArray[np.int32], wanted: list[int]) -> int:
    return int(np.isin(ids, wanted).sum())


def _spread(counts: list[int]) -> Spread:
    return Spread(min(counts), sum(counts) / len(counts), max(counts))
