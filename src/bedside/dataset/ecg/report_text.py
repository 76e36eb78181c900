"""Cut a report into sentences, and keep out those that say nothing about the ECG that is shown.

A remark about the device, the recording's quality or another recording cannot be seen in the picture; a model
that is trained on it learns to make things up. Knows no data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bedside.dataset.gathered import Dropped

__all__ = ["findings_only", "sentences"]

_REMARKS = (
    (
        "a remark about the quality of the recording",
        r"data quality|poor quality|unsuitable for analysis|lead reversal|leads? reversed|leads? (?:is |are )?missing"
        r"|missing lead|measurement error|pacer detection suspended|analysis error|please repeat"
        r"|interpretation (?:may be|is) (?:affected|difficult)|technically (?:poor|unsatisfactory|inadequate)",
    ),
    (
        "a remark about how the report was made",
        r"confirmed (?:by|report)|unconfirmed|reviewed by|over-?read|read by|report made without|age not entered"
        r"|sex not entered|p(?:a)?ediatric (?:criteria|ecg interpretation)|no further analysis"
        r"|interpretation not (?:available|possible)|only the (?:ecg )?(?:trace|tracing) was requested",
    ),
    (
        "a remark about another recording",
        r"compared (?:with|to)|comparison|since (?:the )?(?:previous|prior|last|tracing)|previous (?:ecg|tracing|report)"
        r"|prior (?:ecg|tracing)|last (?:ecg|tracing)|no (?:significant |longer )?change (?:from|since)|unchanged"
        r"|(?:is|are) no longer (?:seen|present|evident)|has (?:replaced|appeared|resolved)|serial (?:ecg|changes)",
    ),
)
_REMARK_PATTERNS = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _REMARKS)
_RULE = re.compile(r"^[\W_]*$")
_CURATORS_NOTE = re.compile(r"\bEdit:.*$", re.DOTALL)
_DEVICE_TRAILER = re.compile(r"\s+\d\.\d{2}\s+unconfirmed report\s*$", re.IGNORECASE)
_END = re.compile(r"(?<=[.;!?])\s+")


def sentences(text: str) -> tuple[str, ...]:
    """Cut running report text into sentences, without a curator's note and the device's trailer at its end."""
    text = _DEVICE_TRAILER.sub("", _CURATORS_NOTE.sub("", text))
    return tuple(it for it in _END.split(" ".join(text.split())) if it)


def findings_only(lines: Iterable[str], *, name: str) -> tuple[tuple[str, ...], tuple[Dropped, ...]]:
    """Part the lines that say something about the ECG from remarks.

    Args:
        lines: sentences or lines of one report.
        name: how the record is called where a line is listed as dropped.
    """
    kept: list[str] = []
    dropped: list[Dropped] = []
    for line in lines:
        if _RULE.match(line):
            continue
        reason = next((why for why, pattern in _REMARK_PATTERNS if pattern.search(line)), None)
        if reason is None:
            kept.append(line)
        else:
            dropped.append(Dropped(f"{name}, report: {line[:80]}", f"{reason} is not used"))
    return tuple(kept), tuple(dropped)
