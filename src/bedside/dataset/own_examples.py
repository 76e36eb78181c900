"""Read a file of one's own examples, and refuse what would only fail, or score nothing, much later.

Every line is checked before anything is trained: turns that alternate and say something, pictures that are
there, and targets that the evaluation can find in an answer. Knows nothing about the split.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from bedside import chat
from bedside.ecg import statements
from bedside.errors import DataError
from bedside.examples import Example, numbered_examples, read_examples

__all__ = ["digest_own", "read_own"]


def read_own(path: Path, *, into: Path) -> tuple[Example, ...]:
    """Read the examples at `path` and copy their pictures to `into/images` under the digest of their bytes.

    Raises:
        DataError: a line cannot be used; names file, line, id and what to write.
    """
    (into / "images").mkdir(exist_ok=True)
    return tuple(_with_copied_pictures(example, path, line, into) for line, example in _checked(path))


def digest_own(path: Path) -> str:
    """Return the digest of the file and of the pictures that it names."""
    digest = hashlib.sha256(path.read_bytes())
    for example in read_examples(path):
        for image in example.images:
            picture = path.parent / image
            digest.update(picture.read_bytes() if picture.is_file() else b"")
    return digest.hexdigest()


def _checked(path: Path) -> Iterator[tuple[int, Example]]:
    for line, example in numbered_examples(path):
        try:
            _check_turns(example)
            _check_target(example)
        except DataError as error:
            where = f"example {example.id!r}: {error.reason}"
            raise DataError(where, file=path, line=line, fix=error.fix) from error
        yield line, example


def _check_turns(example: Example) -> None:
    for number, message in enumerate(example.messages, start=1):
        if not message.content.strip():
            raise DataError(f"message {number} ({message.role}) is empty", fix="write its text")
    if all(message.role == "system" for message in example.messages):
        unseen = ", so its pictures would never be shown" if example.images else ""
        raise DataError(f"there is no user turn{unseen}", fix="add a message with the role 'user'")
    chat.segments(example.messages)


def _check_target(example: Example) -> None:
    known = {finding.name.casefold(): finding.name for finding in statements.FINDINGS}
    for entry in example.target or ():
        found = statements.findings_in(entry)
        if found == frozenset({entry}):
            continue
        alike = difflib.get_close_matches(entry.casefold(), list(known), n=1)
        near = sorted(found) or [known[name] for name in alike]
        hint = f"; did you mean {' and '.join(map(repr, near))}?" if near else ""
        raise DataError(
            f"target: {entry!r} is not a finding that can be found in an answer{hint}",
            fix=f"use {', '.join(map(repr, known.values()))}, or leave target out",
        )


def _with_copied_pictures(example: Example, path: Path, line: int, into: Path) -> Example:
    images: list[str] = []
    for image in example.images:
        picture = path.parent / image
        if not picture.is_file():
            raise DataError(
                f"example {example.id!r}: the picture {picture} does not exist",
                file=path,
                line=line,
                fix="give its path relative to the folder of the file",
            )
        data = picture.read_bytes()
        images.append(f"images/{hashlib.sha256(data).hexdigest()[:32]}{picture.suffix.lower()}")
        (into / images[-1]).write_bytes(data)
    return example.model_copy(update={"images": tuple(images)})
