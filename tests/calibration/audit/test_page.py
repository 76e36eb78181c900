"""The page says what the audit found, needs nothing else and draws every chunk and record."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audit_texts import chat
from bedside.calibration.audit import Audit
from bedside.calibration.audit.drawings import MOST_CHUNKS, chunk_map, histograms
from bedside.calibration.audit.page import write_page

Audited = Callable[..., Audit]


@pytest.fixture
def page(audited: Audited, tmp_path: Path) -> Callable[..., str]:
    def write(text: str, **options) -> str:
        write_page(audited(text, **options), tmp_path / "page.html")
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return write


def test_it_holds_every_verdict_and_command(page: Callable[..., str], audited: Audited) -> None:
    text, made = page(chat(40)), audited(chat(40))
    for check in made.checks:
        assert f">{check.name}</th>" in text
    assert text.count('<span class="badge') == len(made.checks) + 1
    assert made.commands[0] in text
    assert "Q8_0" in text
    assert "<bos>" not in text  # what a text says is never markup
    assert page(chat(40)) == text


def test_it_needs_nothing_else(page: Callable[..., str]) -> None:
    text = page(chat(4) + '<bos><script src="https://example.org/x.js"></script>\n')
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!data:,|#)', text)
    assert "default-src 'none'" in text


def test_bands_are_as_wide_as_records_and_chunks(audited: Audited) -> None:
    made = audited(chat(40))
    svg = chunk_map(made.records, made.facts.chunks, bos=1)
    chunks = made.facts.chunks
    assert svg.count('class="ground"') == chunks.chunks + 1
    assert svg.count(">rest</text>") == 1
    kinds = {
        kind: len(re.findall(f'<rect class="{kind}"', svg)) for kind in ("even", "odd", "cut", "dropped")
    }
    titles = re.findall(r"<title>record (\d+), line \d+: \d+ tokens(, cut)?</title>", svg)
    assert {int(number) for number, _ in titles} == set(range(1, 41))
    assert len({number for number, cut in titles if cut}) == chunks.cut
    assert sum(kinds.values()) == len(titles)
    assert kinds["dropped"] >= 1


def test_a_long_text_is_drawn_in_part_and_says_so(page: Callable[..., str], audited: Audited) -> None:
    made = audited("word " * 5000)
    assert made.facts.chunks.chunks > MOST_CHUNKS
    svg = chunk_map(made.records, made.facts.chunks, bos=1)
    assert svg.count('class="ground"') == MOST_CHUNKS
    assert ">rest<" not in svg
    assert f"the first {MOST_CHUNKS} of {made.facts.chunks.chunks} chunks" in page("word " * 5000)


def test_a_histogram_counts_every_record() -> None:
    svg = histograms([("user", [5, 5, 9]), ("model", [7])])
    bars = re.findall(r"<title>(\S+)(?: to \d+)? tokens: (\d+) records</title>", svg)
    assert [(low, int(count)) for low, count in bars if count != "0"] == [("5", 2), ("9", 1), ("7", 1)]
    wide = re.findall(r"tokens: (\d+) records", histograms([("text", list(range(1000)))]))
    assert sum(map(int, wide)) == 1000
    assert len(wide) <= 24


@pytest.mark.browser
def test_a_browser_opens_it_without_a_complaint(page: Callable[..., str], tmp_path: Path) -> None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        pytest.skip("no Chromium on PATH")
    page(chat(40))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr"]
    flags += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    address = (tmp_path / "page.html").as_uri()
    done = subprocess.run([browser, *flags, address], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.count("<svg") == 2
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
