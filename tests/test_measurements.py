"""Metric files are read as they were written, and refused with the file's name."""

from __future__ import annotations

import json

import pytest

from bedside.errors import DataError
from bedside.estimates import Estimate, exact, undefined
from bedside.measurements import Measurement, at_least, at_most, read_measurements, write_measurements

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


def test_a_least_bound_is_asked_of_the_lower_end_and_not_of_the_base_model():
    rows = [
        Measurement("macro_f1", name, estimate, "1")
        for name, estimate in (
            ("base", Estimate(0.1, 0.0, 0.2, 9, "m")),
            ("Q8_0", Estimate(0.9, 0.8, 1.0, 9, "m")),
            ("Q4_K_M", undefined(9, "no finding has 10 positives")),
        )
    ]
    limits = at_least([*rows, ROWS[2]], {"macro_f1": 0.85}, but="base")
    assert [(limit.row.subject, limit.is_met) for limit in limits] == [("Q8_0", False), ("Q4_K_M", False)]
    assert at_least(rows, {"macro_f1": 0.8}, but="base")[0].is_met


def test_a_most_bound_is_asked_of_the_value():
    row = Measurement("mean", "text", Estimate(0.01, 0.005, 0.02, 9, "m"), "nat")
    assert [limit.is_met for limit in at_most([row], {"mean": 0.01})] == [True]
    assert [limit.is_met for limit in at_most([row], {"mean": 0.009})] == [False]
    assert at_most([row], {"other": 1.0}) == ()
