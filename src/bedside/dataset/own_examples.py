"""Read a file of one's own examples, and refuse what would only fail, or score nothing, much later.

Every line is checked before anything is trained: ids that stand once, turns that alternate and say
something, pictures that stand beside the file and can be decoded, and targets that the evaluation finds in
the example's own answer. Knows nothing about the split.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from bedside import chat, prompts
from bedside.dataset.pictures import is_inside, place
from bedside.ecg import findings, statements
from bedside.errors import DataError
from bedside.examples import Example, numbered_examples, read_examples

__all__ = ["digest_own", "read_own"]

TRIAL_SIZE_PX = 8


def read_own(path: Path, *, into: Path) -> tuple[Example, ...]:
    """Read the examples at `path` and copy their pictures to `into/images` under the digest of their bytes.

    Raises:
        DataError: a line cannot be used; names file, line, id and what to write.
    """
    return tuple(_with_copied_pictures(example, path, into) for example in _checked(path))


def digest_own(path: Path) -> str:
    """Return the digest of the file and of the pictures that it names beside it."""
    digest = hashlib.sha256(path.read_bytes())
    for example in read_examples(path):
        for image in example.images:
            picture = path.parent / image
            digest.update(picture.read_bytes() if is_inside(image) and picture.is_file() else b"")
    return digest.hexdigest()


def _checked(path: Path) -> Iterator[Example]:
    line_of: dict[str, int] = {}
    for line, example in numbered_examples(path):
        try:
            _check_id(line_of.setdefault(example.id, line), line)
            _check_turns(example)
            _check_target(example)
            for image in example.images:
                _check_picture(image, folder=path.parent)
        except DataError as error:
            where = f"example {example.id!r}: {error.reason}"
            raise DataError(where, file=path, line=line, fix=error.fix) from error
        yield example


def _check_id(first: int, line: int) -> None:
    if first != line:
        raise DataError(f"the id stands in line {first} already", fix="give every example its own id")


def _check_turns(example: Example) -> None:
    for number, message in enumerate(example.messages, start=1):
        if not message.content.strip():
            raise DataError(f"message {number} ({message.role}) is empty", fix="write its text")
    if all(message.role == "system" for message in example.messages):
        unseen = ", so its pictures would never be shown" if example.images else ""
        raise DataError(f"there is no user turn{unseen}", fix="add a message with the role 'user'")
    chat.segments(example.messages)


def _check_target(example: Example) -> None:
    for entry in example.target or ():
        found = findings.findings_in(entry)
        if found == frozenset({entry}):
            continue
        known = {phrase.casefold(): phrase for phrase in (*_named(), *statements.phrases())}
        alike = difflib.get_close_matches(entry.casefold(), list(known), n=1)
        near = sorted(found) or [known[name] for name in alike]
        hint = f"; did you mean {' and '.join(map(repr, near))}?" if near else ""
        raise DataError(
            f"target: {entry!r} is not a finding that can be found in an answer{hint}",
            fix=f"use {', '.join(map(repr, _named()))} or a phrase that docs/dataset.md names, or leave "
            "target out",
        )
    named = findings.findings_in(example.answer)
    if example.target is not None and example.answer and named != frozenset(example.target):
        raise DataError(
            f"target is {_listed(example.target)}, but the findings that its own answer names are "
            f"{_listed(named)}",
            fix="make target and answer agree, or leave target out",
        )


def _named() -> tuple[str, ...]:
    return tuple(finding.name for finding in findings.FINDINGS)


def _listed(names: Collection[str]) -> str:
    return ", ".join(map(repr, sorted(names))) or "none"


def _check_picture(image: str, *, folder: Path) -> None:
    if not is_inside(image):
        raise DataError(
            f"the picture {image!r} is not inside the folder of the file",
            fix="put it there, and give its path relative to the folder, without '..'",
        )
    if not (folder / image).is_file():
        raise DataError(
            f"the picture {image!r} does not exist in {folder}",
            fix="give its path relative to the folder of the file",
        )
    try:
        prompts.open_image((folder / image).read_bytes(), size=TRIAL_SIZE_PX)
    except DataError as error:
        raise DataError(f"{image!r}: {error.reason}", fix=error.fix) from error


def _with_copied_pictures(example: Example, path: Path, into: Path) -> Example:
    images: list[str] = []
    for image in example.images:
        picture = path.parent / image
        data = picture.read_bytes()
        images.append(f"images/{hashlib.sha256(data).hexdigest()[:32]}{picture.suffix.lower()}")
        place(data, into / images[-1])
    return example.model_copy(update={"images": tuple(images)})
