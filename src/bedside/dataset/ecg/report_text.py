"""Cut a report into sentences, and keep out those that say nothing about the ECG that is shown.

A remark about the device, the recording's quality or another recording cannot be seen in the picture; a model
that is trained on it learns to make things up. Knows no data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bedside.dataset.ecg.language import is_english, is_foreign
from bedside.dataset.ecg.refusals import refusal
from bedside.dataset.gathered import Dropped

__all__ = ["english_report", "usable_lines"]

NOT_ENGLISH = "the words of the report are not English and not used; the codes of the record are used instead"
NOT_TRANSLATED = "the translation holds words that are not English; the record is used without its report"
_REMARKS = {
    "a remark about the quality of the recording": (
        "data quality",
        "poor quality",
        "unsuitable for analysis",
        "lead reversal",
        "leads? reversed",
        "leads? (?:is |are )?missing",
        "missing lead",
        "measurement error",
        "pacer detection suspended",
        "analysis error",
        "please repeat",
        "interpretation (?:may be|is) (?:affected|difficult)",
        "technically (?:poor|unsatisfactory|inadequate)",
    ),
    "a remark about how the report was made": (
        "confirmed (?:by|report)",
        "unconfirmed",
        "reviewed by",
        "over-?read",
        "read by",
        "report made without",
        "(?:age|sex) not entered",
        "pa?ediatric (?:criteria|ecg interpretation)",
        "no further analysis",
        "interpretation not (?:available|possible)",
    ),
    "a remark about another recording": (
        "compared (?:with|to)",
        "comparison",
        "since (?:the )?(?:previous|prior|last|tracing)",
        "(?:previous|prior|last) (?:ecg|tracing|report)",
        "no (?:significant )?change (?:from|since)",
        "unchanged",
        "no longer (?:seen|present|evident)",
        "has (?:replaced|appeared|resolved)",
        "serial (?:ecg|changes)",
    ),
}
_REMARK_PATTERNS = tuple(
    (reason, re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE))
    for reason, patterns in _REMARKS.items()
)
_RULE = re.compile(r"^[\W_]*$")
_CURATORS_NOTE = re.compile(r"\bEdit:.*$", re.DOTALL)
_DEVICE_TRAILER = re.compile(r"\s+\d\.\d{2}\s+unconfirmed report\s*$", re.IGNORECASE)
_END = re.compile(r"(?<=[.;!?])\s+")


def english_report(
    text: str | None, *, name: str, said_to_be_english: bool
) -> tuple[tuple[str, ...], tuple[Dropped, ...]]:
    """Return the sentences of a running report that can be used, and what of it cannot.

    Args:
        text: the report; a curator's note and the device's trailer at its end are no part of it.
        name: how the record is called where something is listed as dropped.
        said_to_be_english: the source says that this is English, so one foreign word is needed to doubt it;
            otherwise nearly every word has to be English.
    """
    plain = " ".join(_DEVICE_TRAILER.sub("", _CURATORS_NOTE.sub("", text or "")).split())
    if not plain:
        return (), ()
    if said_to_be_english and is_foreign(plain):
        return (), (Dropped(f"{name}, report", NOT_TRANSLATED),)
    if not said_to_be_english and not is_english(plain):
        return (), (Dropped(f"{name}, report", NOT_ENGLISH, superseded=True),)
    return usable_lines(_END.split(plain), name=name)


def usable_lines(lines: Iterable[str], *, name: str) -> tuple[tuple[str, ...], tuple[Dropped, ...]]:
    """Part the lines of one report that say something about the ECG from refusals and remarks."""
    lines = [line for line in lines if not _RULE.match(line)]
    kept: list[str] = []
    dropped: list[Dropped] = []
    if lines and (reason := refusal(" ".join(lines))):
        return (), (Dropped(f"{name}, report", f"report is a refusal: {reason}"),)
    for line in lines:
        if remark := next((why for why, pattern in _REMARK_PATTERNS if pattern.search(line)), None):
            dropped.append(Dropped(f"{name}, report: {line[:80]}", f"{remark} is not used"))
        else:
            kept.append(line)
    return tuple(kept), tuple(dropped)
