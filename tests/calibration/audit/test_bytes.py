"""What is wrong with the bytes of a text is found, counted and placed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bedside.calibration.audit import Audit
from bedside.calibration.audit.reading import read_checked

TEXT = "Heart rate 72 ± 3 bpm.\nOne more line.\n"


def test_cp1252_is_read_and_is_a_failure(
    audited: Callable[..., Audit], check: Callable[[Audit, str], tuple[str, str, str]]
) -> None:
    made = audited(("first\n" + TEXT).encode("cp1252"))
    verdict, found, why = check(made, "encoding")
    assert verdict == "fail"
    assert "± 1×" in found
    assert "first in line 2" in found
    assert "UTF-8" in why
    assert made.facts.tokens.tokens == audited("first\n" + TEXT).facts.tokens.tokens


@pytest.mark.parametrize(
    ("data", "verdict", "said"),
    [
        (TEXT.encode(), "ok", "UTF-8"),
        (TEXT.encode("utf-8-sig"), "warn", "byte order mark"),
        (TEXT.replace("\n", "\r\n").encode(), "fail", "CR LF where the model's turns have LF (2×"),
        (TEXT.replace("72", "72\r").encode(), "warn", "carriage return"),
        (TEXT.replace("±", "\ufffd").encode(), "fail", "U+FFFD"),
        (TEXT.replace("more", "mo\x07re").encode(), "warn", "control character (1×, first in line 2)"),
    ],
)
def test_other_faults_are_named(
    audited: Callable[..., Audit],
    check: Callable[[Audit, str], tuple[str, str, str]],
    data: bytes,
    verdict: str,
    said: str,
) -> None:
    found = check(audited(data), "encoding")
    assert found[0] == verdict
    assert said in found[1]


def test_a_source_is_known_by_name_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode())
    source = read_checked(path)
    assert (source.name, source.size_bytes, source.text) == ("text.txt", len(TEXT.encode()), TEXT)
    path.write_bytes(TEXT.encode() + b" ")
    assert read_checked(path).sha256 != source.sha256
