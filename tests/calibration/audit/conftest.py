"""Audit any text with a vocabulary whose tokens can be counted by eye."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from audit_texts import word_vocabulary
from bedside.calibration.audit import Audit, audit
from bedside.vocabulary import Vocabulary


@pytest.fixture
def words() -> Vocabulary:
    return word_vocabulary()


@pytest.fixture
def audited(tmp_path: Path, words: Vocabulary) -> Callable[..., Audit]:
    """Audit a text (or bytes) with the words as tokens."""

    def work(text: str | bytes, **options) -> Audit:
        path = tmp_path / "calibration.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return audit(path, **{"vocabulary": words, "context": 32} | options)

    return work


@pytest.fixture
def check() -> Callable[[Audit, str], tuple[str, str, str]]:
    """Return verdict, found and why of one line of an audit."""

    def find(made: Audit, name: str) -> tuple[str, str, str]:
        return next((c.verdict, c.found, c.why) for c in made.checks if c.name == name)

    return find
