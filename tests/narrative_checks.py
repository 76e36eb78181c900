"""What every narrative must hold to, whatever it tells: grammar, and numbers that are figures."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import fields, is_dataclass

from bedside.vitals.figures import NotAssessed, Summary


def sentences(text):
    return [sentence for line in text.split("\n") for sentence in re.split(r"(?<=\.) ", line)]


_SEVERAL_OF_ONE = (
    r"(?<![\d.,])\b1 (valid |paired |SpO2 |heart-rate |HR )*"
    r"(readings?|values?|measurements?|heart rates?|pairs)\b"
)


def check_grammar(text):
    assert "  " not in text
    assert not re.search(r"\bNone\b(?! of)|\bnan\b|\binf\b|[{}\[\]|~]|\.\.| [,.;:)]|\( |-0\.0\b", text), text
    assert text.count("(") == text.count(")")
    assert not re.search(r"\b[Aa] (HR|SD|SpO2|O2|ST|ICU|average|adult|adolescent|infant|8|11|18)\b", text), (
        text
    )
    assert not re.search(r"\b[Aa]n (standard|mean|value|measurement|heart|PVC|patient|newborn)\b", text), text
    for sentence in sentences(text):
        assert sentence.endswith("."), sentence
        assert sentence[0].isupper(), sentence
        assert not re.search(r";.*?\.$", sentence) or not sentence.endswith(";.")
    assert not re.search(_SEVERAL_OF_ONE, text), text
    for never in ("sinus", "ediatric", "Icu", "icu ", "PNN50", "1 minutes", " 1 gaps", "1 hours"):
        assert not re.search(rf"(?<![\d.,]){re.escape(never)}", text), (never, text)


CONSTANTS = {0, 1, 2, 5, 6, 8, 10, 15, 20, 30, 50, 60, 80, 85, 89, 90, 95}
"""Limits and window lengths that stand in the wording itself."""


def leaves(value):
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(key)
            yield from leaves(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield from (float(number) for number in re.findall(r"\d+(?:\.\d+)?", value))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield float(value)


def true_numbers(measured):
    """Every figure, and what follows from one: in other units, as a count, as a width."""
    numbers = set(map(float, CONSTANTS)) | set(leaves(measured))
    heart = measured.signal("hr")
    if isinstance(heart, Summary):
        numbers.add(heart.p95 - heart.p05)
    for part in (measured.burden, measured.desaturation):
        if not isinstance(part, NotAssessed):
            numbers |= {round(share * part.n / 100) for share in leaves(part)}
    age = measured.age_years or 0.0
    numbers |= {float(int(12 * age)), float(int(365.25 * age))}
    shares = {100 * measured.coverage.fraction}
    if not isinstance(measured.desaturation, NotAssessed):
        shares.add(100 * measured.desaturation.coverage)
    times = {number / unit for number in numbers for unit in (60, 3600, 86400)}
    return numbers | shares | times | {abs(number) for number in numbers}


def numbers_told(text):
    text = re.sub(r"\d\d:\d\d|\b\d+th\b|(?<=[A-Za-z])\d+", "", text)
    return [
        number.replace(",", "") for number in re.findall(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", text)
    ]


def check_numbers(measured, text):
    known = sorted(true_numbers(measured))
    for number in numbers_told(text):
        half = 0.5 * 10 ** -len(number.partition(".")[2]) + 1e-9
        nearest = bisect_left(known, float(number) - half)
        assert nearest < len(known), (number, text)
        assert known[nearest] <= float(number) + half, (number, text)
