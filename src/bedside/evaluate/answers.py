"""Answers as they are stored, one JSON line each, and asking only for those that are still missing.

Every line is written the moment its answer is there. A run that was killed leaves at most one torn last
line, which is dropped; what was answered is not asked again. Clock readings go to a file of their own, so
that the same answers are the same bytes. Knows nothing of scores.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bedside.ecg.findings import findings_in
from bedside.engine import Answer, Engine, Prompt
from bedside.errors import DataError
from bedside.examples import Example, Message
from bedside.stored_answers import StoredAnswer

__all__ = [
    "Clock",
    "ask",
    "in_order",
    "is_complete",
    "logs_of",
    "read_answers",
    "read_clocks",
]

_Line = TypeVar("_Line", bound=BaseModel)


class Clock(BaseModel):
    """One line of `clock-<subject>.jsonl`: how long an answer took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    seconds: float
    tokens_per_second: float | None


@dataclass(frozen=True)
class Logs:
    """The two files that answers and their clock readings are appended to; what was not asked has none."""

    answers: Path
    clocks: Path

    def append(self, answer: StoredAnswer, clock: Clock | None) -> None:
        """Append one answer; the clock reading first, so that no answer is ever without its own."""
        for path, line in ((self.clocks, clock), (self.answers, answer)):
            if line is None:
                continue
            with path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(_json_line(line))


def logs_of(folder: Path, subject: str) -> Logs:
    """Return where the answers of `subject` are kept in an evaluation's folder."""
    return Logs(folder / f"answers-{subject}.jsonl", folder / f"clock-{subject}.jsonl")


def read_answers(folder: Path, subject: str) -> tuple[StoredAnswer, ...]:
    """Read the answers of `subject`; none where nothing was asked yet.

    Raises:
        DataError: a line before the last one is not an answer.
    """
    lines = _whole_lines(logs_of(folder, subject).answers)
    return tuple(_parse(StoredAnswer, *line) for line in lines)


def read_clocks(folder: Path, subject: str) -> Mapping[str, Clock]:
    """Read the clock readings of `subject` by example id."""
    lines = _whole_lines(logs_of(folder, subject).clocks)
    readings = [_parse(Clock, *line) for line in lines]
    return {reading.id: reading for reading in readings}


def is_complete(folder: Path, subject: str, examples: Sequence[Example]) -> bool:
    """Tell whether every example was answered by `subject`."""
    answered = {answer.id for answer in read_answers(folder, subject)}
    return answered.issuperset(example.id for example in examples)


def ask(
    engine: Engine,
    examples: Sequence[Example],
    *,
    images: Path,
    folder: Path,
    subject: str,
    max_tokens: int,
    n_parallel: int = 1,
    answered: Callable[[], None] = lambda: None,
) -> None:
    """Ask `engine` every example that `folder` holds no answer to yet.

    A question that the engine refuses, such as one longer than the context, is kept as an answer that says
    why: it counts as wrong and stops nothing.

    Args:
        engine: the model.
        examples: what to ask.
        images: the folder that the examples' picture paths are relative to.
        folder: where `answers-<subject>.jsonl` and `clock-<subject>.jsonl` are.
        subject: the model's name.
        max_tokens: where an answer is cut.
        n_parallel: how many questions are under way at once.
        answered: called after each answer.
    """
    logs = logs_of(folder, subject)
    done = {answer.id for answer in read_answers(folder, subject)}
    for path in (logs.answers, logs.clocks):
        _drop_torn_line(path)
    lock = Lock()

    def put(example: Example) -> None:
        stored, clock = _answer(engine, example, images=images, max_tokens=max_tokens)
        with lock:
            logs.append(stored, clock)
            answered()

    with ThreadPoolExecutor(n_parallel) as pool:
        futures = [pool.submit(put, example) for example in examples if example.id not in done]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _answer(
    engine: Engine, example: Example, *, images: Path, max_tokens: int
) -> tuple[StoredAnswer, Clock | None]:
    """Ask one question; a refused one has no clock reading."""
    pictures = tuple((images / name).read_bytes() for name in example.images)
    try:
        answer = engine.generate(Prompt(example.prompt, pictures), max_tokens=max_tokens)
    except DataError as error:
        nothing = Answer(text="", tokens=(), finished=False, seconds=0)
        return _stored(example, pictures, nothing, refused=error.reason), None
    clock = Clock(id=example.id, seconds=answer.seconds, tokens_per_second=answer.tokens_per_second)
    return _stored(example, pictures, answer), clock


def in_order(folder: Path, subject: str, examples: Sequence[Example]) -> tuple[StoredAnswer, ...]:
    """Put the stored answers into the order of `examples`, at once or not at all, and return them."""
    path = logs_of(folder, subject).answers
    answers = {answer.id: answer for answer in read_answers(folder, subject)}
    ordered = tuple(answers[example.id] for example in examples)
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(map(_json_line, ordered)), encoding="utf-8", newline="\n")
    temporary.replace(path)
    return ordered


def _stored(
    example: Example, pictures: tuple[bytes, ...], answer: Answer, *, refused: str = ""
) -> StoredAnswer:
    return StoredAnswer(
        id=example.id,
        subject_id=example.subject_id,
        prompt_sha256=_prompt_sha256(example.prompt),
        image_sha256=tuple(hashlib.sha256(picture).hexdigest() for picture in pictures),
        text=answer.text,
        finished=answer.finished,
        tokens=len(answer.tokens),
        findings=tuple(sorted(findings_in(answer.text))),
        target=example.target,
        reference=example.answer,
        refused=refused,
    )


def _prompt_sha256(messages: Sequence[Message]) -> str:
    turns = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps(turns, ensure_ascii=False).encode()).hexdigest()


def _json_line(line: BaseModel) -> str:
    return json.dumps(line.model_dump(mode="json"), sort_keys=True, ensure_ascii=False) + "\n"


def _whole_lines(path: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield the lines that end with a newline; a last one without was torn by a kill."""
    if path.is_file():
        text = path.read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.split("\n")[:-1], start=1):
            yield path, number, line


def _drop_torn_line(path: Path) -> None:
    if path.is_file():
        data = path.read_bytes()
        with path.open("r+b") as file:
            file.truncate(data.rfind(b"\n") + 1)


def _parse(form: type[_Line], file: Path, number: int, text: str) -> _Line:
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        raise DataError(
            f"not a stored answer: {error.errors(include_url=False)[0]['msg']}",
            file=file,
            line=number,
            fix=f"remove {file.parent} and evaluate again",
        ) from error
