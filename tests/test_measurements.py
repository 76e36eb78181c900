"""Metric files are read as they were written, and refused with the file's name."""

from __future__ import annotations

import json

import pytest

from bedside.errors import DataError
from bedside.estimates import Estimate, exact, undefined
from bedside.measurements import Measurement, read_measurements, write_measurements

ROWS = [
    Measurement("sensitivity", "Q8_0", Estimate(0.5, 0.25, 0.75, 4, "Wilson 95 %"), "1", "sinus tachycardia"),
    Measurement("f1", "Q8_0", undefined(4, "no ECG has this finding"), "1", "atrial fibrillation"),
    Measurement("file_bytes", "Q8_0", exact(1234), "byte"),
]


def test_written_and_read_again(tmp_path):
    write_measurements(tmp_path / "metrics.json", ROWS)
    assert read_measurements(tmp_path / "metrics.json") == tuple(ROWS)
    rows = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert rows[1] == {
        "name": "f1",
        "subject": "Q8_0",
        "finding": "atrial fibrillation",
        "value": None,
        "low": None,
        "high": None,
        "n": 4,
        "method": "undefined: no ECG has this finding",
        "unit": "1",
    }
    assert "finding" not in rows[2]


def test_no_rows_is_an_empty_list(tmp_path):
    write_measurements(tmp_path / "metrics.json", [])
    assert read_measurements(tmp_path / "metrics.json") == ()


@pytest.mark.parametrize(
    "text",
    ["", "[1]", '{"name": "x"}', '[{"name": "x", "subject": "y", "value": "high"}]', '[{"value": NaN}]'],
)
def test_what_is_no_metric_file_is_refused(tmp_path, text):
    (tmp_path / "metrics.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"metrics\.json"):
        read_measurements(tmp_path / "metrics.json")


def test_an_absent_metric_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"metrics\.json"):
        read_measurements(tmp_path / "metrics.json")
