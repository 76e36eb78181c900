"""The documents are true: commands exist, links lead somewhere, the README shows the demo's output."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bedside.cli import COMMANDS, build_app
from bedside.cli.output import table_text
from bedside.report import headline, read_results

REPO = Path(__file__).resolve().parent.parent
PAGES = sorted([*REPO.glob("*.md"), *REPO.glob("docs/**/*.md")])
README = (REPO / "README.md").read_text(encoding="utf-8")


def commands_in(page: Path) -> list[str]:
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [
        line.partition(" #")[0].strip()
        for block in blocks
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [line for line in lines if line.startswith("bedside ") and "…" not in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_is_one_that_parses(page: Path) -> None:
    for line in commands_in(page):
        build_app().parse_args(shlex.split(line)[1:], print_error=False, exit_on_error=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_every_test_that_a_page_names_exists() -> None:
    for page in PAGES:
        for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text(encoding="utf-8")):
            assert f"def {name}(" in (REPO / file).read_text(encoding="utf-8"), f"{page.name}: {name}"


def test_every_command_is_documented() -> None:
    text = (REPO / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`bedside {name}" not in text] == []


def test_the_readme_is_short_and_in_order() -> None:
    assert len(README.splitlines()) <= 120
    places = [
        README.index(part) for part in ("make demo", "demo output", "| command |", "## Your own", "not a")
    ]
    assert places == sorted(places)


@pytest.mark.train
@pytest.mark.llamacpp
def test_the_readme_shows_what_the_demo_prints(demo_run: Path) -> None:
    """Processors round differently, so accuracies need only agree within their intervals."""
    (picture,) = re.findall(r"--image runs/demo/(\S+)", README)
    assert (demo_run / picture).is_file()
    printed = cells(table_text(headline(read_results(demo_run / "report" / "results.json"))))
    shown = cells(README.partition("<!-- demo output -->\n```\n")[2].partition("```")[0])
    assert shown[:3] == printed[:3]
    assert [row[0] for row in shown] == [row[0] for row in printed]
    assert [row[5] for row in shown] == [row[5] for row in printed], "sizes"
    for ours, theirs in zip(shown[4::2], printed[4::2], strict=True):  # a row's intervals stand below it
        for column in (1, 2, 3):
            (low, high), (other_low, other_high) = interval(ours[column]), interval(theirs[column])
            assert low <= other_high, ours
            assert other_low <= high, ours


def cells(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line[:1] in "│┃"]
    return [[cell.strip() for cell in re.split("[│┃]", line.strip()[1:-1])] for line in lines]


def interval(cell: str) -> tuple[float, float]:
    low, high = re.findall(r"\(([\d.]+)–([\d.]+)\)", cell)[0]
    return float(low), float(high)
