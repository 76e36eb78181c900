"""One training or test item, and the JSON Lines files that hold them.

An example is *not* a sample: in ECG code a sample is one ADC value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bedside.errors import DataError

__all__ = [
    "Evidence",
    "Example",
    "Message",
    "evenly",
    "numbered_examples",
    "parse_example",
    "read_examples",
    "write_examples",
]

FORM = (
    'each line is {"id": "…", "subject_id": "…", "messages": [{"role": "user", "content": "…"}, …], '
    '"images": ["…"]}'
)


class Message(BaseModel):
    """One turn of a conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1)


class Evidence(BaseModel):
    """What one statement of an answer rests on.

    Attributes:
        statement: the words in the answer (or, of a question answered with no, in the question).
        source: where it comes from: file or table, column, and the value found there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement: str
    source: str


class Example(BaseModel):
    """One item to train on or to ask: a conversation, or running text.

    Attributes:
        id: unique within its dataset.
        subject_id: whose data it is; the split never separates one subject.
        messages: the conversation; a last assistant turn is the reference answer. Empty where `text` is.
        text: running text to train on as it is; there is nothing to ask.
        images: picture files relative to the folder of the JSONL file, shown before the first user text.
        target: the findings that the right answer names, exactly; `None` where there is no closed target.
        choices: the options of a multiple-choice question.
        task: what is asked for: `report`, `rhythm`, `morphology`, `measurement`, `yes_no`, …
        evidence: what the statements of the answer rest on, where the source tells.
        age_years: of the subject, where known.
        sex: of the subject, where known.
        split: the part that the source's own folds put the subject in, where it has folds.
        licence: of the source, where known.
        source: where the item came from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    subject_id: str
    messages: tuple[Message, ...] = ()
    text: str | None = None
    images: tuple[str, ...] = ()
    target: tuple[str, ...] | None = None
    choices: tuple[str, ...] | None = None
    task: str | None = None
    evidence: tuple[Evidence, ...] | None = None
    age_years: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    sex: Literal["female", "male"] | None = None
    split: Literal["train", "validation", "test"] | None = None
    licence: str | None = None
    source: str = "unknown"

    @model_validator(mode="after")
    def _conversation_or_text(self) -> Self:
        if bool(self.messages) == (self.text is not None):
            raise ValueError("give either messages or text")
        if self.text is not None and (not self.text.strip() or self.images):
            raise ValueError("text must say something, and stands alone, without pictures")
        return self

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The conversation without a last assistant turn: what a model is asked."""
        asked = not self.messages or self.messages[-1].role != "assistant"
        return self.messages if asked else self.messages[:-1]

    @property
    def answer(self) -> str:
        """The reference answer, empty where the item has none."""
        return "" if self.prompt == self.messages else self.messages[-1].content


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write `examples` as JSON Lines; return how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for example in examples:
            file.write(example.model_dump_json(exclude_none=True, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_examples(path: Path) -> Iterator[Example]:
    """Read a JSON Lines file of examples.

    Raises:
        DataError: the file is absent, or a line is not of the documented form; names file, line and field.
    """
    return (example for _, example in numbered_examples(path))


def numbered_examples(path: Path) -> Iterator[tuple[int, Example]]:
    """Read a JSON Lines file of examples, each with the number of its line, from 1.

    Raises:
        DataError: as `read_examples` does.
    """
    if not path.is_file():
        raise DataError("no such file", file=path, fix="give a .jsonl file, one example a line")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise DataError(f"is not UTF-8: {error}", file=path, line=number, fix=FORM) from error
            if text.strip():
                yield number, parse_example(text, file=path, line=number)


def parse_example(text: str, *, file: Path, line: int) -> Example:
    """Read one line.

    Raises:
        DataError: it is not of the documented form; names the field.
    """
    try:
        return Example.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "line"
        raise DataError(f"{field}: {first['msg']}", file=file, line=line, fix=FORM) from error


def evenly(examples: Sequence[Example], most: int) -> list[Example]:
    """Return at most `most` examples, spread over the whole sequence, in its order."""
    count = min(most, len(examples))
    return [examples[index * len(examples) // count] for index in range(count)]
