"""Running text from the figures of a recording or a window of it, varied by seed, for the calibration corpus.

Every sentence rests on a figure, or says that something is not assessed and why. Which phrasing is drawn
depends on the seed, the recording, the window and the section, and on nothing else: the same input gives the
same bytes, and leaving a section out does not change the others. The rules and thresholds of the conclusion
are those of `judgements`, with their sources. Knows nothing about files, prompts or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bedside.vitals.figures import VitalsFigures
from bedside.vitals.narrative.conclusion import conclusion
from bedside.vitals.narrative.phrasing import HouseStyle, Phrasing
from bedside.vitals.narrative.rate import heart_rate_level, variability
from bedside.vitals.narrative.rhythm import rhythm_analysis
from bedside.vitals.narrative.signs import vital_signs
from bedside.vitals.narrative.subject import demographics, recording

__all__ = ["SECTIONS", "Narrative", "Section", "narrate"]

Section = Literal["demographics", "vitals", "rate", "variability", "rhythm", "conclusion"]
SECTIONS: tuple[Section, ...] = get_args(Section)


@dataclass(frozen=True)
class Narrative:
    """A recording in words: its sections in the order asked for, each one paragraph."""

    sections: tuple[tuple[Section, str], ...]

    @property
    def description(self) -> str:
        """What was measured: every section but the conclusion, one to a line."""
        return "\n".join(text for name, text in self.sections if name != "conclusion")

    @property
    def conclusion(self) -> str:
        """What the rules make of it; empty where the conclusion was not asked for."""
        return "".join(text for name, text in self.sections if name == "conclusion")

    @property
    def text(self) -> str:
        """Every section, one to a line."""
        return "\n".join(text for _, text in self.sections)


def narrate(
    figures: VitalsFigures, *, seed: int, window: str = "all", sections: Sequence[Section] = SECTIONS
) -> Narrative:
    """Put figures into running text.

    Args:
        figures: what was measured.
        seed: chooses the phrasings, together with subject, window and section.
        window: which window of the recording it is: a kind (`15min`, `1h`, `8h`, `night`) or its name
            (`1h-00017`), or `all` for the whole recording.
        sections: which sections, in which order.
    """
    kind, record_name = window.split("-", 1)[0], figures.header.record_name
    style = HouseStyle(Phrasing(seed, record_name, window, "style"))
    return Narrative(
        tuple(
            (name, style.write(_section(name, figures, Phrasing(seed, record_name, window, name), kind)))
            for name in sections
        )
    )


def _section(name: Section, figures: VitalsFigures, draw: Phrasing, kind: str) -> str:
    match name:
        case "demographics":
            sentences = demographics(figures, draw)
        case "vitals":
            sentences = [*recording(figures, draw, window=kind), *vital_signs(figures, draw)]
        case "rate":
            sentences = heart_rate_level(figures, draw)
        case "variability":
            sentences = variability(figures, draw, window=kind)
        case "rhythm":
            sentences = rhythm_analysis(figures, draw)
        case "conclusion":
            sentences = conclusion(figures, draw)
    return " ".join(sentences)
