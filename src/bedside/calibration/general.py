"""Text that is not about patients, mixed in: a model calibrated on one domain alone loses the others.

Mixing domain and general text keeps both (MixCal, "Compressing Language Models for Specialized Domains",
EACL 2026, arXiv:2502.18424). The text is the user's own file: JSON Lines of examples become conversations,
any other file is cut at its empty lines.
"""

from __future__ import annotations

from pathlib import Path

from bedside.calibration.texts import Text, running_text, text_of_example
from bedside.errors import DataError
from bedside.examples import read_examples
from bedside.vitals.readers.text import read_source

__all__ = ["read_general"]

GROUP = "general"


def read_general(path: Path, *, prompts: int) -> tuple[Text, ...]:
    """Read general text, one piece for each example or paragraph.

    Args:
        path: the file.
        prompts: how many forms of each conversation are wanted; general text has one, which stands for all.

    Raises:
        DataError: the file cannot be read or holds nothing.
    """
    if path.suffix == ".jsonl":
        texts = tuple(
            text_of_example(example, subject_id="", group=GROUP, stratum="", prompts=prompts)
            for example in read_examples(path)
        )
    else:
        paragraphs = (part.strip() for part in read_source(path).text.split("\n\n"))
        texts = tuple(
            running_text(part, subject_id="", group=GROUP, stratum="", prompts=prompts)
            for part in paragraphs
            if part
        )
    if not texts:
        raise DataError("holds no text", file=path, fix="give a text file, paragraphs apart by empty lines")
    return texts
