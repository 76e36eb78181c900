"""What a source of examples gives: pieces of work, and what comes out of each.

A source is a module with two functions. `chunks(source, …)` looks at the input and cuts it into pieces that
can be pickled, the same every time; `gather(chunk, folder)` is a pure function that turns one piece into
examples, writing their pictures below `folder`. So a build is spread over processes or machines, and goes on
after it was stopped. Knows nothing about formats or the split.
"""

from __future__ import annotations

from dataclasses import dataclass

from bedside.examples import Example

__all__ = ["Dropped", "Gathered"]


@dataclass(frozen=True)
class Dropped:
    """Something of a source that was not used.

    Attributes:
        name: the record, row or file, so that it can be found again.
        reason: why, in words; the same words for the same cause, so that they can be counted.
        fix: what to do to have it used, where something can be done.
        superseded: a better form of the same was used instead.
    """

    name: str
    reason: str
    fix: str = ""
    superseded: bool = False


@dataclass(frozen=True)
class Gathered:
    """Examples made from one piece of a source, and what was dropped on the way."""

    examples: tuple[Example, ...] = ()
    dropped: tuple[Dropped, ...] = ()
