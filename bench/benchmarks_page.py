"""Put a section into the page of benchmarks, beside those of other scripts."""

from __future__ import annotations

import re
from pathlib import Path


def write_section(page: Path, title: str, body: str) -> None:
    """Replace the section `## title` of a page, or add it at the end."""
    text = page.read_text(encoding="utf-8")
    section = f"## {title}\n\n{body.strip()}\n"
    there = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if there.search(text):
        text = there.sub(lambda found: section + ("\n" if found.end() < len(text) else ""), text)
    else:
        text = f"{text.rstrip()}\n\n{section}"
    page.write_text(text, encoding="utf-8", newline="\n")


def table(header: list[str], rows: list[list[str]]) -> str:
    """Draw a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
