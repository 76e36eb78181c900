"""The summary has exactly the agreed fields, and figures over the samples that are there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bedside.ecg.reading import EcgReading, EcgWarning
from bedside.ecg.summary import summarize
from bedside.records import LEADS, EcgRecord


def reading() -> EcgReading:
    signals = np.array([[0.0, 1.0, np.nan, -0.5], [np.nan] * 4, [2.0, 2.0, 2.0, 2.0]])
    record = EcgRecord("p", "r7", signals, 2.0, ("I", "V1", "MLII"), frozenset({"I"}))
    warnings = (
        EcgWarning("nan_gap", "samples missing", ("I", "V1")),
        EcgWarning("lead_derived", "computed", ("I",)),
        EcgWarning("window_chosen", "long"),
    )
    return EcgReading(record, "wfdb", warnings)


def test_exact_fields() -> None:
    assert summarize(reading()) == {
        "record": "r7",
        "format": "wfdb",
        "sampling_rate_hz": 2.0,
        "duration_s": 2.0,
        "leads": {
            "I": {
                "min_mv": -0.5,
                "max_mv": 1.0,
                "mean_mv": pytest.approx(0.5 / 3),
                "missing_samples": 1,
                "derived": True,
                "flags": ["nan_gap", "lead_derived"],
            },
            "V1": {
                "min_mv": None,
                "max_mv": None,
                "mean_mv": None,
                "missing_samples": 4,
                "derived": False,
                "flags": ["nan_gap"],
            },
            "MLII": {
                "min_mv": 2.0,
                "max_mv": 2.0,
                "mean_mv": 2.0,
                "missing_samples": 0,
                "derived": False,
                "flags": [],
            },
        },
        "missing_leads": [lead for lead in LEADS if lead not in ("I", "V1")],
        "warnings": [
            {"code": "nan_gap", "message": "samples missing"},
            {"code": "lead_derived", "message": "computed"},
            {"code": "window_chosen", "message": "long"},
        ],
    }


def test_json_without_nan_and_in_the_order_of_leads() -> None:
    text = json.dumps(summarize(reading()), allow_nan=False)
    assert list(json.loads(text)["leads"]) == ["I", "V1", "MLII"]
