"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real recordings; tests that need it are skipped, and say so, where it is absent."""
    folder = Path(os.environ.get("BEDSIDE_DATA", REPO.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real recordings are not at {folder}; set BEDSIDE_DATA to their folder")
    return folder
