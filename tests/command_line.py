"""Run the command line in this process."""

from __future__ import annotations

from bedside.cli import main


def run(*arguments: str) -> int:
    """Run `bedside` with these arguments and return its exit status."""
    try:
        main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
