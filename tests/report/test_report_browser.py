"""The page in a real browser: it opens from disk, asks for nothing else and has nothing to complain about."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from bedside.report import ReportConfig, report

pytestmark = pytest.mark.browser
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
)


@pytest.fixture(scope="module")
def browser():
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if (found := shutil.which(name)) is not None:
            return found
    pytest.skip("no Chromium on PATH")


@pytest.fixture(scope="module")
def page_file(run_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    return report(ReportConfig(), run_dir=run_dir, out_dir=folder / "report").file("report.html")


def visit(browser, file, folder):
    """Open `file`; return the document and the console's lines.

    The page's own policy forbids every request, so one that is tried is a line on the console.
    """
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [browser, *FLAGS, profile, "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_the_page_opens_offline_and_asks_for_nothing(browser, page_file, tmp_path):
    document, console = visit(browser, page_file, tmp_path)
    assert "Research software, not a medical device." in document
    assert document.count("<svg") == 7
    assert console == []


def test_the_browser_would_tell(browser, page_file, tmp_path):
    """A page that asks for a picture elsewhere is noticed, so the test above can fail."""
    spoiled = tmp_path / "spoiled.html"
    text = page_file.read_text(encoding="utf-8")
    spoiled.write_text(text.replace("<main>", '<main><img src="http://127.0.0.1:9/x.png">'), encoding="utf-8")
    _, console = visit(browser, spoiled, tmp_path)
    assert len(console) == 1
    assert "http://127.0.0.1:9/x.png" in console[0]
