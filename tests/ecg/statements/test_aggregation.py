"""From codes to benchmark labels, against published labels."""

from __future__ import annotations

import ast
import csv
import json

import pytest

from bedside.ecg.statements import labels, statements
from bedside.errors import DataError

CODES = {"IMI": 15.0, "NORM": 80.0, "NDT": 50.0, "ABQRS": 0.0, "SR": 0.0, "1AVB": 100.0}


@pytest.mark.parametrize(
    ("level", "rule", "expected"),
    [
        ("superclass", "any", {"MI", "NORM", "STTC", "CD"}),
        ("superclass", 50, {"NORM", "STTC", "CD"}),
        ("superclass", 100, {"CD"}),
        ("subclass", "any", {"IMI", "NORM", "STTC", "_AVB"}),
        ("diagnostic", 80, {"NORM", "1AVB"}),
        ("form", "any", {"NDT", "ABQRS"}),
        ("form", 100, {"NDT", "ABQRS"}),
        ("rhythm", 100, {"SR"}),
        ("all", "any", set(CODES)),
        ("all", 80, {"NORM", "1AVB", "ABQRS", "SR"}),
    ],
)
def test_the_rule_is_what_it_says(level, rule, expected) -> None:
    assert labels(CODES, level=level, rule=rule) == expected


def test_no_codes_no_labels() -> None:
    assert labels({}, level="all", rule="any") == frozenset()


def test_an_unknown_code_is_not_dropped() -> None:
    with pytest.raises(DataError, match=r"1\.0AVB"):
        labels({"1.0AVB": 100.0}, level="superclass", rule="any")


def test_every_superclass_of_the_real_table(data_dir) -> None:
    """By way of the published statement table, read here a second time."""
    with (data_dir / "ecg/ptbxl/scp_statements.csv").open(encoding="utf-8") as file:
        table = {row[""]: row for row in csv.DictReader(file)}
    with (data_dir / "ecg/ptbxl/ptbxl_database.csv").open(encoding="utf-8") as file:
        records = [ast.literal_eval(row["scp_codes"]) for row in csv.DictReader(file)]
    assert len(records) == 401
    for codes in records:
        diagnostic = {code for code in codes if table[code]["diagnostic"] == "1.0"}
        sure = {code for code in diagnostic if codes[code] >= 50}
        for chosen, rule in ((diagnostic, "any"), (sure, 50)):
            superclasses = {table[code]["diagnostic_class"] for code in chosen}
            subclasses = {table[code]["diagnostic_subclass"] for code in chosen}
            assert labels(codes, level="superclass", rule=rule) == superclasses
            assert labels(codes, level="subclass", rule=rule) == subclasses


def test_published_labels_of_challenge_records(data_dir) -> None:
    with (data_dir / "ecg/cinc2021_ptbxl/labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["scp_codes"]]
    assert rows
    for row in rows:
        found = labels(ast.literal_eval(row["scp_codes"]), level="superclass", rule="any")
        assert found == set(ast.literal_eval(row["superclasses"]))


def test_published_labels_of_report_texts(data_dir) -> None:
    """They name subclasses, without the underscore that some end or begin with."""
    superclass = {it.subclass.strip("_"): it.superclass for it in statements("scp").values() if it.subclass}
    known = {code.strip("_") for code in statements("scp")}
    lines = (data_dir / "ecg/ptbxl_reports/reports_en.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 250
    for row in map(json.loads, lines):
        assert {superclass[name] for name in row["subclasses"]} == set(row["superclasses"])
        assert known.issuperset(row["rhythm"] + row["form"])
