"""One answer of one model as it is kept: what evaluation writes and the report reads again.

Knows when an answer is right; knows neither intervals nor pages.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["StoredAnswer"]


class StoredAnswer(BaseModel):
    """One line of `answers-<model>.jsonl`.

    Attributes:
        id: the example's id.
        subject_id: whose ECG or vital signs they are.
        prompt_sha256: hash of the turns the model was asked.
        image_sha256: hash of each picture file, in order.
        text: what the model answered.
        finished: whether it ended its turn itself; `False`: cut at the token limit, or not asked.
        tokens: how many tokens it generated.
        findings: the findings that the text names.
        target: the findings that the right answer names; `None` where there is no closed target.
        reference: the reference answer.
        refused: why the model could not be asked, such as a prompt longer than the context; empty: it was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    subject_id: str
    prompt_sha256: str
    image_sha256: tuple[str, ...]
    text: str
    finished: bool
    tokens: int
    findings: tuple[str, ...]
    target: tuple[str, ...] | None
    reference: str
    refused: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether the model said something and ended its turn itself."""
        return self.finished and bool(self.text.strip())

    @property
    def is_right(self) -> bool:
        """Whether it names exactly the findings of its target."""
        return self.is_usable and self.target is not None and set(self.findings) == set(self.target)

    @property
    def is_exact(self) -> bool:
        """Whether it is the reference answer word for word, spaces at its ends aside."""
        return self.is_usable and self.text.strip() == self.reference.strip()
