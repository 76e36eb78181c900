"""Judge the facts of a corpus: one line each, ok, warn or fail, with the reason and what helps.

Pure functions of facts. `fail` is for a text that cannot be used as it is or does not say what it seems to;
`warn` for one that serves worse than it could. The bounds stand here, with where they come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bedside.calibration.audit.facts import ChunkFacts, MarkerFacts, Spread, TokenFacts
from bedside.calibration.audit.overlap import RUN, SENTENCE_WORDS, Overlap
from bedside.calibration.audit.reading import ByteFault
from bedside.calibration.audit.repetition import RepetitionFacts
from bedside.calibration.audit.template import TurnFacts

__all__ = ["Check", "Facts", "Verdict", "judge", "ordinary_distinct", "worst"]

Verdict = Literal["ok", "warn", "fail"]

FEW_CHUNKS = 100
"""Calibration texts that are passed around have 100 to 800 chunks of 512 tokens."""
PRESS_WARN, PRESS_FAIL = 5.0, 15.0
"""zlib makes ordinary technical prose 2 to 3 times smaller; questions in one fixed form, about 10."""
SENTENCES_WARN, SENTENCES_FAIL = 0.2, 0.8
"""Share of repeated sentences: a deployed prompt repeats its own, and short figures recur."""
SAME_WARN, SAME_FAIL = 0.1, 0.5
"""Shares of one reply among all, and of repeated records."""
BOILERPLATE_WARN, BOILERPLATE_FAIL = 0.2, 0.5
DISTINCT_WARN, DISTINCT_FAIL = 0.5, 0.1
"""Shares of what ordinary prose of that length has."""


@dataclass(frozen=True)
class Check:
    """One line of the audit: what was looked at, the verdict, what was found, and why it matters."""

    name: str
    verdict: Verdict
    found: str
    why: str


@dataclass(frozen=True)
class Facts:
    """All that was counted; `turns` is `None` for a text without, `overlap` where none was asked for."""

    bytes_faults: tuple[ByteFault, ...]
    records: int
    division: str
    tokens: TokenFacts
    chunks: ChunkFacts
    markers: MarkerFacts
    turns: TurnFacts | None
    repetition: RepetitionFacts
    overlap: Overlap | None


def judge(facts: Facts) -> tuple[Check, ...]:
    """Judge every fact."""
    return tuple(_checks(facts))


def worst(checks: tuple[Check, ...]) -> Verdict:
    """Return the worst verdict."""
    verdicts = {check.verdict for check in checks}
    return "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "ok"


def _checks(facts: Facts) -> Iterator[Check]:
    yield _bytes(facts.bytes_faults)
    yield _tokens(facts.tokens)
    yield _chunks(facts.chunks)
    yield _cut(facts.chunks, facts.records)
    yield _per_record(facts)
    if facts.turns is None:
        yield Check("turns", "warn", "none", "no turns: the model will be served with turns")
    else:
        yield _pairs(facts.turns)
        yield _markers(facts.markers)
        yield _template(facts.turns, facts.records)
        yield _prompt(facts.turns)
    yield _distinct(facts.tokens)
    yield _sentences(facts.repetition)
    if facts.repetition.replies:
        yield _replies(facts.repetition)
    yield _duplicates(facts.repetition, facts.records)
    yield _boilerplate(facts.repetition)
    yield _compression(facts.repetition)
    if facts.overlap is not None:
        yield _overlap(facts.overlap)


def _bytes(faults: tuple[ByteFault, ...]) -> Check:
    if not faults:
        return Check("encoding", "ok", "UTF-8, LF", "")
    found = "; ".join(f"{fault.what} ({fault.count}×, first in line {fault.line})" for fault in faults)
    verdict: Verdict = "fail" if any(fault.spoils for fault in faults) else "warn"
    return Check(
        "encoding", verdict, found, "save the text as UTF-8 with LF line ends, without these characters"
    )


def _tokens(tokens: TokenFacts) -> Check:
    found = f"{tokens.tokens:,} (+{tokens.bos} before the text), {tokens.tokens_without_special:,} "
    return Check(
        "tokens",
        "ok",
        found + "without --parse-special",
        f"{tokens.bytes_per_token:.2f} bytes per token, by this model's own tokenizer",
    )


def _chunks(chunks: ChunkFacts) -> Check:
    found = f"{chunks.chunks:,} of {chunks.context} tokens, {chunks.dropped:,} tokens dropped at the end"
    if chunks.chunks < 2:
        return Check(
            "chunks", "fail", found, "llama-imatrix needs at least two: add text, or lower the context"
        )
    if chunks.chunks < FEW_CHUNKS:
        return Check(
            "chunks", "warn", found, f"few: calibration texts in use have {FEW_CHUNKS} to 800; add text"
        )
    return Check("chunks", "ok", found, "")


def _cut(chunks: ChunkFacts, records: int) -> Check:
    found = f"{chunks.cut:,} of {records:,}"
    if not chunks.cut:
        return Check("records cut by chunks", "ok", found, "")
    longer = ", ".join(f"{cut:,} with -c {context}" for context, cut in chunks.cut_at)
    why = f"the model sees the rest of a cut record without its beginning; cut would be {longer}"
    if chunks.longer:
        why += f"; longer than a chunk: {chunks.longer:,}"
    return Check("records cut by chunks", "warn", found, why)


def _per_record(facts: Facts) -> Check:
    tokens = facts.tokens
    found = f"{_span(tokens.per_record)} in {facts.records:,} records"
    if facts.turns is not None:
        found += f"; user {_span(tokens.user)}, model {_span(tokens.model)}, control {_span(tokens.control)}"
    return Check("tokens per record", "ok", found, f"records are divided by: {facts.division}")


def _span(spread: Spread) -> str:
    if spread.least == spread.most:
        return f"{spread.least:,} each"
    return f"{spread.least:,} to {spread.most:,}, mean {spread.mean:,.1f}"


def _pairs(turns: TurnFacts) -> Check:
    found = f"{turns.user:,} user, {turns.model:,} model"
    if not turns.unpaired_count:
        return Check("turn pairs", "ok", found, "")
    more = turns.unpaired_count - len(turns.unpaired)
    why = "; ".join(turns.unpaired) + (f"; and {more:,} more" if more else "")
    return Check("turn pairs", "fail", found, why)


def _markers(markers: MarkerFacts) -> Check:
    if markers.missing:
        why = "the vocabulary is not that of a model with Gemma's turns"
        return Check("control tokens", "fail", f"no token {', '.join(markers.missing)}", why)
    found = (
        f"{markers.single:,} of {markers.written:,} turn markers are one token with --parse-special, "
        f"{markers.single_without:,} without ({markers.pieces_without:.1f} tokens each)"
    )
    if markers.single != markers.written:
        return Check("control tokens", "fail", found, "some markers do not become tokens of their own")
    why = "" if markers.single_without else "give llama-imatrix --parse-special"
    return Check("control tokens", "ok", found, why)


def _template(turns: TurnFacts, records: int) -> Check:
    if turns.deviating:
        found = f"not canonical in {turns.deviating:,} of {records:,}: {', '.join(turns.deviations)}"
        return Check("template", "fail", found, "the deployed model is never sent turns of this form")
    if turns.double_bos:
        why = "llama-imatrix puts one there itself: remove the first"
        return Check("template", "warn", "canonical, but begins with <bos>", why)
    return Check("template", "ok", "canonical", "")


def _prompt(turns: TurnFacts) -> Check:
    found = f"{turns.asked_as_deployed:,} of {turns.user:,} user turns begin as the deployment's"
    if turns.asked_as_deployed == turns.user:
        return Check("prompt", "ok", found, "")
    asked = " or ".join(f"“{opening}”" for opening in turns.openings)
    return Check("prompt", "warn", found, f"the deployed model is asked: {asked}")


def ordinary_distinct(tokens: int) -> float:
    """Return how many different tokens ordinary technical prose of `tokens` tokens has.

    Heaps' law 4.8·n^0.64, fitted to this project's documentation in Gemma's vocabulary (263 of 512 tokens,
    1,471 of 7,467); beyond 20,000 tokens a corpus of one field grows more slowly, so it stays at that.
    """
    return 4.8 * min(tokens, 20_000) ** 0.64


def _distinct(tokens: TokenFacts) -> Check:
    ordinary = ordinary_distinct(tokens.tokens)
    share = tokens.distinct / ordinary
    verdict = _graded(-share, -DISTINCT_WARN, -DISTINCT_FAIL)
    why = (
        f"ordinary prose of this length has about {round(ordinary, -1):,.0f}: little of the model is excited"
    )
    return Check("distinct tokens", verdict, f"{tokens.distinct:,}", why if verdict != "ok" else "")


def _sentences(repetition: RepetitionFacts) -> Check:
    again = repetition.sentences - repetition.distinct_sentences
    share = again / max(1, repetition.sentences)
    found = (
        f"{again:,} of {repetition.sentences:,} ({share:.0%}), {repetition.distinct_sentences:,} different"
    )
    why = _most_repeated(repetition) if again else ""
    return Check("repeated sentences", _graded(share, SENTENCES_WARN, SENTENCES_FAIL), found, why)


def _most_repeated(repetition: RepetitionFacts) -> str:
    first = repetition.most_repeated[0]
    return f"{_quoted(first.text)} comes {first.count:,}×"


def _quoted(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= most else f"“{line[:most].rstrip()}…”"


def _replies(repetition: RepetitionFacts) -> Check:
    count, replies = repetition.top_reply_count, repetition.replies
    found = f"{repetition.distinct_replies:,} different in {replies:,}"
    if count < 3:
        return Check("repeated replies", "ok", found, "")
    why = f"one reply comes {count:,}×: {_quoted(repetition.top_reply)}"
    return Check("repeated replies", _graded(count / replies, SAME_WARN, SAME_FAIL), found, why)


def _duplicates(repetition: RepetitionFacts, records: int) -> Check:
    count = repetition.duplicate_records
    verdict: Verdict = "ok" if not count else "fail" if count / records >= SAME_FAIL else "warn"
    why = "the same record again adds nothing" if count else ""
    return Check("duplicate records", verdict, f"{count:,} of {records:,}", why)


def _boilerplate(repetition: RepetitionFacts) -> Check:
    share = repetition.boilerplate_tokens / max(1, repetition.said_tokens)
    verdict = _graded(share, BOILERPLATE_WARN, BOILERPLATE_FAIL)
    found = f"{share:.1%} of the tokens of what is said"
    why = "sentences that stand in more than half of the records" if share else ""
    return Check("boilerplate", verdict, found, why)


def _compression(repetition: RepetitionFacts) -> Check:
    ratio = repetition.compression_ratio
    why = "ordinary prose gives 2 to 3: the text says the same again and again" if ratio >= PRESS_WARN else ""
    return Check("compression", _graded(ratio, PRESS_WARN, PRESS_FAIL), f"{ratio:.1f}× (zlib 9)", why)


def _overlap(overlap: Overlap) -> Check:
    judged = overlap.items - overlap.too_short
    found = (
        f"{overlap.touched:,} of {judged:,} items of {overlap.source} share a run of {RUN} words, "
        f"{overlap.contained:,} are contained; {overlap.shared_sentences:,} sentences of "
        f"{SENTENCE_WORDS} words or more are shared"
    )
    if overlap.too_short:
        found += f"; {overlap.too_short:,} items are too short to judge"
    if not overlap.touched and not overlap.shared_sentences:
        return Check("overlap with evaluation", "ok", found, "")
    why = "figures measured on these items are too good"
    if overlap.worst_item:
        why += f"; most in {overlap.worst_item} ({overlap.worst_share:.0%} of its runs)"
    return Check("overlap with evaluation", "fail" if overlap.contained else "warn", found, why)


def _graded(value: float, warn: float, fail: float) -> Verdict:
    return "fail" if value >= fail else "warn" if value >= warn else "ok"
