"""Put a build together: which texts, in which files, with which log.

`clinical_corpus` writes what is true. Every subject is read once, through the executor; the result is a
`Corpus`: contents by file name, nothing written yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bedside import prompts
from bedside.artifact import Artifact
from bedside.calibration.choice import mixed, stratified, up_to
from bedside.calibration.config import CalibrationConfig
from bedside.calibration.conversations import DatasetTexts, dataset_texts
from bedside.calibration.exclusion import HeldOut
from bedside.calibration.general import read_general
from bedside.calibration.log import DatasetLog, FileLog, GeneralLog, Log, Totals
from bedside.calibration.recordings import Wording, word_recording
from bedside.calibration.rows import Row
from bedside.calibration.sources import Found
from bedside.calibration.subjects import read_subjects
from bedside.calibration.texts import Text, chat_file, plain_file
from bedside.calibration.tokens import Counter
from bedside.console import say
from bedside.errors import DataError
from bedside.vitals.windows import WindowKind

__all__ = ["Corpus", "clinical_corpus", "nothing_usable"]

_PICTURES = (
    "llama-imatrix reads text only; of examples with a picture the question and the answer are here, "
    "the picture is not"
)
_LEAST_TOKENS = 60
"""Fewer tokens than any text has; so many windows are worded that the shortest would reach the budget."""


@dataclass(frozen=True)
class Corpus:
    """A build before it is written.

    Attributes:
        files: contents by file name.
        names: file names by what they hold: `plain`, `chat`, or `chat-<prompt>`.
        rows: the rows of `records.jsonl`.
        log: the log.
    """

    files: Mapping[str, str]
    names: Mapping[str, str]
    rows: tuple[Row, ...]
    log: Log


def clinical_corpus(
    config: CalibrationConfig,
    found: Found,
    dataset: Artifact | None,
    without: HeldOut,
    counter: Counter,
) -> Corpus:
    """Word recordings and examples truthfully.

    Raises:
        DataError: nothing usable is there, or a test subject came in.
    """
    asked = _asked(config)
    reader = partial(word_recording, wording=_wording(config, found, asked))
    read = read_subjects(reader, found.subjects, without=without, config=config)
    examples = _examples(config, dataset, without, len(asked))
    texts = [*(() if examples is None else examples.texts), *(text for one in read.results for text in one)]
    logs = sorted([*found.excluded, *read.logs], key=lambda log: log.name)
    if not texts:
        raise nothing_usable(found, logs)
    texts = _chosen(config, texts, counter)
    texts, general = _with_general(config, texts, counter, len(asked))
    names = _names(asked)
    files = {names["plain"]: plain_file(texts)}
    files |= {name: chat_file(texts, i) for i, name in enumerate(list(names.values())[1:])}
    return Corpus(
        files=files,
        names=names,
        rows=tuple(text.row for text in texts if text.row is not None),
        log=Log(
            profile="clinical",
            warning=None,
            seed=config.seed,
            files=_used_texts(logs, texts),
            notes=found.notes,
            dataset=None if dataset is None or examples is None else _dataset_log(dataset, examples),
            general=general,
            exclusion_check=without.check({text.subject_id for text in texts} - {""}, read.left_out),
            totals=_totals(config, texts, files, counter),
        ),
    )


def _asked(config: CalibrationConfig) -> tuple[str, ...]:
    return tuple(prompts.CALIBRATION_PROMPTS) if config.prompt == "all" else (config.prompt,)


def _wording(config: CalibrationConfig, found: Found, asked: tuple[str, ...]) -> Wording:
    kinds: tuple[WindowKind, ...] = tuple(kind for kind in config.windows if kind != "all")
    most = config.windows_per_kind
    if config.tokens is not None:
        most = max(most, -(-config.tokens // (_LEAST_TOKENS * max(1, len(found.subjects)))))
    return Wording(
        kinds=kinds,
        whole="all" in config.windows,
        most_per_kind=most,
        sections=config.narrative.sections,
        prompts=asked,
        seed=config.seed,
        interval_s=config.interval_s,
        column_map=found.column_map,
    )


def _examples(
    config: CalibrationConfig, dataset: Artifact | None, without: HeldOut, asked: int
) -> DatasetTexts | None:
    if dataset is None:
        return None
    train = dataset.file("train.jsonl")
    return dataset_texts(train, most=config.max_examples, without=without.elsewhere, prompts=asked)


def nothing_usable(found: Found, logs: Sequence[FileLog]) -> DataError:
    """Say why there is nothing to write."""
    if not found.sources:
        return DataError("no training example has an answer", fix="give a dataset with answered examples")
    reasons = "; ".join(f"{log.name}: {log.reason}" for log in logs[:3])
    return DataError(
        f"no usable recording{f' ({reasons})' if reasons else ''}",
        file=found.sources[0],
        fix="see docs/calibration.md for the formats",
    )


def _chosen(config: CalibrationConfig, texts: list[Text], counter: Counter) -> list[Text]:
    """Keep as many texts as the token budget asks for, general text aside."""
    if config.tokens is None:
        return texts
    share = config.general_share if config.general else 0.0
    wanted = round(config.tokens * (1.0 - share))
    sizes = counter.sizes([text.chats[0] for text in texts])
    if sum(sizes) < wanted:
        say(f"note: the sources give {sum(sizes)} tokens where {wanted} were asked for; all are used")
    return stratified(texts, sizes, wanted=wanted, seed=config.seed)


def _with_general(
    config: CalibrationConfig, texts: list[Text], counter: Counter, asked: int
) -> tuple[list[Text], GeneralLog | None]:
    """Mix general text in, so that it has its share of the whole."""
    if config.general is None:
        return texts, None
    pieces = read_general(config.general, prompts=asked)
    own = sum(counter.sizes([text.chats[0] for text in texts]))
    sizes = counter.sizes([piece.chats[0] for piece in pieces])
    wanted = round(own * config.general_share / (1.0 - config.general_share))
    chosen = up_to(sizes, wanted=wanted, seed=config.seed)
    used = sum(sizes[index] for index in chosen)
    if used < wanted:
        say(f"note: {config.general.name} has {used} {counter.unit} where {wanted} were asked for")
    log = GeneralLog(
        name=config.general.name,
        sha256=hashlib.sha256(config.general.read_bytes()).hexdigest(),
        share_wanted=config.general_share,
        share=used / (own + used),
        measured_in=counter.unit,
        texts_read=len(pieces),
        texts_used=len(chosen),
    )
    return mixed(texts, [pieces[index] for index in chosen]), log


def _names(asked: Sequence[str]) -> dict[str, str]:
    kinds = ["chat"] if len(asked) == 1 else [f"chat-{prompt}" for prompt in asked]
    return {"plain": "plain.txt"} | {kind: f"{kind}.txt" for kind in kinds}


def _used_texts(logs: Sequence[FileLog], texts: Sequence[Text]) -> tuple[FileLog, ...]:
    """Count for each file the texts that were chosen of it."""
    counts: dict[str, int] = {}
    for text in texts:
        if text.row is not None:
            counts[text.row.source] = counts.get(text.row.source, 0) + 1
    return tuple(
        log.model_copy(update={"texts": counts.get(log.name, 0)}) if log.status == "used" else log
        for log in logs
    )


def _dataset_log(dataset: Artifact, texts: DatasetTexts) -> DatasetLog:
    return DatasetLog(
        name=dataset.path.name,
        digest=dataset.digest,
        examples_read=texts.read,
        examples_held_out=texts.held_out,
        examples_without_answer=texts.without_answer,
        examples_used=len(texts.texts),
        examples_used_with_picture=texts.with_picture,
        pictures=_PICTURES,
    )


def _totals(
    config: CalibrationConfig, texts: Sequence[Text], files: Mapping[str, str], counter: Counter
) -> Totals:
    cohorts: dict[str, set[str]] = {}
    for text in texts:
        if text.row is not None:
            cohorts.setdefault(text.group, set()).add(text.subject_id)
    tokens = counter.by_file(files)
    chat = list(files)[1]
    return Totals(
        texts=len(texts),
        distinct_texts=len({text.plain for text in texts}),
        subjects=len({text.subject_id for text in texts if text.subject_id}),
        by_cohort={name: len(cohorts[name]) for name in sorted(cohorts)},
        tokens=tokens,
        tokens_wanted=config.tokens,
        tokens_reached=None if tokens is None or config.tokens is None else tokens[chat] >= config.tokens,
    )
