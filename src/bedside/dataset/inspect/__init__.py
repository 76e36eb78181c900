"""Look into a dataset: count what it holds, and show it on one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bedside.dataset.inspect.counting import Lengths, Seen, count_dataset
from bedside.dataset.inspect.page import write_page

__all__ = ["Seen", "inspect_dataset"]


def inspect_dataset(folder: Path, *, page: Path, tokenizer: Path | None = None) -> Seen:
    """Count what the dataset in `folder` holds, and write the page.

    Args:
        folder: a dataset, or any folder with parts of that form.
        page: the HTML file to write.
        tokenizer: a model folder or GGUF; lengths are then told in its tokens, else in characters. Pictures
            do not count: how many tokens one becomes is the model's affair.

    Raises:
        DataError: the folder holds no dataset, or a line is no example.
        ArtifactError: there is no tokenizer.
        MissingExtraError: a package for the page or the tokenizer is not installed.
    """
    seen = count_dataset(folder, _lengths(tokenizer))
    write_page(seen, folder=folder, path=page)
    return seen


def _lengths(tokenizer: Path | None) -> Lengths:
    if tokenizer is None:
        return Lengths("characters", _characters)
    from bedside.vocabulary import open_vocabulary

    vocabulary = open_vocabulary(tokenizer)
    return Lengths("tokens", lambda texts: vocabulary.count_each(texts, parse_special=False))


def _characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]
