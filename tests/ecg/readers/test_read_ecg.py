"""One entrance for every kind of file, by what is in it, and one clear error for everything else."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bedside.ecg.reading import EcgReading
from bedside.ecg.readers import read_ecg, read_rows
from bedside.errors import DataError
from bedside.records import LEADS
from made_wfdb import *  # noqa: F403

RATE = 500.0


def refused(location: str | Path, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read_ecg(location, **options)
    assert caught.value.fix
    return caught.value


def codes(reading: EcgReading) -> list[str]:
    return [warning.code for warning in reading.warnings]
