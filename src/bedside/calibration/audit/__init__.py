"""Audit a calibration text: what llama.cpp makes of it, and whether it is worth calibrating on.

Works on any text, ours or another's. Counts with the model's own vocabulary; judges by the rules in
`checks`. Does not run the model: what a text does to a quantized model only `bedside verify` can tell.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside import prompts
from bedside.calibration.audit.checks import Check, Facts, Verdict, judge, worst
from bedside.calibration.audit.facts import RecordTokens, open_stream
from bedside.calibration.audit.overlap import overlap
from bedside.calibration.audit.reading import read_checked
from bedside.calibration.audit.records import MARKER, divide
from bedside.calibration.audit.repetition import repetition_facts
from bedside.calibration.audit.template import turn_facts
from bedside.errors import DataError
from bedside.vocabulary import Vocabulary

__all__ = ["DEPLOYMENT", "LEAST_CONTEXT", "Audit", "Check", "audit"]

DEPLOYMENT = (prompts.vitals_question("")[-1].content.strip(), prompts.ECG_QUESTION)
"""How the user turns begin that serving sends."""
LEAST_CONTEXT = 32
NOTES = (
    "Q8_0, F16 and BF16 ignore an importance matrix: their files come out the same with and without one.",
    "llama-quantize takes no text: the text goes to llama-imatrix, its matrix to llama-quantize.",
)


@dataclass(frozen=True)
class Audit:
    """What was found in a calibration text.

    Attributes:
        file: the file's name.
        sha256: hash of its bytes.
        size_bytes: how many there are.
        vocabulary: name of the vocabulary it was counted with.
        vocabulary_sha256: hash of that.
        verdict: the worst of `checks`.
        checks: the verdicts, line by line.
        facts: what was counted.
        records: every record's place in the stream of tokens.
        commands: the llama.cpp commands for this text.
        notes: what these commands do not say.
    """

    file: str
    sha256: str
    size_bytes: int
    vocabulary: str
    vocabulary_sha256: str
    verdict: Verdict
    checks: tuple[Check, ...]
    facts: Facts
    records: tuple[RecordTokens, ...]
    commands: tuple[str, ...]
    notes: tuple[str, ...]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return the table for a terminal: verdict, what was looked at, what was found, why it matters."""
        return [(check.verdict, check.name, check.found, check.why) for check in self.checks]


def audit(
    path: Path,
    *,
    vocabulary: Vocabulary,
    context: int = 512,
    against: Path | None = None,
    openings: Sequence[str] = DEPLOYMENT,
) -> Audit:
    """Audit a calibration text.

    Args:
        path: the text, with turns or plain.
        vocabulary: of the model that it is for.
        context: tokens in a chunk of llama-imatrix, its `-c`.
        against: an evaluation set that must not be in the text: a dataset folder, a text or JSON Lines file.
        openings: how the user turns of the deployment begin.

    Raises:
        DataError: the file cannot be read as text or is empty, `against` is no evaluation set, or the
            context is too short.
        ToolError: the vocabulary is a GGUF file's and llama-tokenize is absent or fails.
    """
    if context < LEAST_CONTEXT:
        raise DataError(f"a chunk of {context} tokens is too short", fix=f"give at least {LEAST_CONTEXT}")
    source = read_checked(path)
    corpus = divide(source.text)
    if not corpus.records:
        raise DataError("holds no record", file=path, fix="give the text file that llama-imatrix is to read")
    shared = None if against is None else overlap(corpus, against)
    stream = open_stream(corpus, vocabulary)
    records = stream.records(context)
    facts = Facts(
        bytes_faults=source.faults,
        records=len(records),
        division=corpus.division,
        tokens=stream.tokens(records),
        chunks=stream.chunks(records, context),
        markers=stream.markers(vocabulary),
        turns=turn_facts(corpus, openings) if corpus.has_turns or corpus.stray_ends else None,
        repetition=repetition_facts(corpus, stream.count),
        overlap=shared,
    )
    checks = judge(facts)
    return Audit(
        file=source.name,
        sha256=source.sha256,
        size_bytes=source.size_bytes,
        vocabulary=vocabulary.name,
        vocabulary_sha256=vocabulary.sha256,
        verdict=worst(checks),
        checks=checks,
        facts=facts,
        records=records,
        commands=_commands(path, context, special=MARKER.search(corpus.data) is not None),
        notes=NOTES,
    )


def _commands(path: Path, context: int, *, special: bool) -> tuple[str, ...]:
    text = shlex.quote(path.name)
    option = " --parse-special" if special else ""
    return (
        f"llama-imatrix -m model-f16.gguf -f {text} -o imatrix.gguf{option} -c {context}",
        "llama-quantize --imatrix imatrix.gguf model-f16.gguf model-Q4_K_M.gguf Q4_K_M",
    )
