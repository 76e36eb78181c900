from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.dataset.ecg import synthetic
from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.ecg.folders import recognise
from bedside.dataset.gathered import Dropped
from bedside.ecg.synth import KINDS, write_synthetic


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synth") / "records"
    write_synthetic(folder, count=len(KINDS), seed=3)
    return folder


def test_the_truth_becomes_facts(made: Path) -> None:
    assert recognise(made).database == "synthetic"
    table = synthetic.rows(made)
    found = list(synthetic.facts(table.frame, made))
    assert not [it for it in found if isinstance(it, Dropped)]
    truths = [json.loads(line) for line in (made / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    for facts, truth in zip(found, truths, strict=True):
        assert isinstance(facts, EcgFacts)
        name = truth["record_name"]
        assert (facts.source, facts.record_name, facts.subject_id) == ("synthetic", name, f"synthetic/{name}")
        assert [(it.code, it.evidence) for it in facts.codes] == [
            (code, f"truth.jsonl, record {name}, codes: {code}") for code in truth["codes"]
        ]
        measured = {it.name: it for it in facts.measured}
        assert measured["qrs"].value == truth["qrs_ms"]
        assert measured["qrs"].evidence == f"truth.jsonl, record {name}, qrs_ms: {truth['qrs_ms']:g}"
        assert ("pr" in measured) == (truth["pr_ms"] is not None)
        assert Path(facts.location).is_file()


def test_lines_that_are_no_truth_and_records_without_file_are_listed(made: Path, tmp_path: Path) -> None:
    first = (made / "truth.jsonl").read_text(encoding="utf-8").splitlines()[0]
    lines = [first, "{", '{"record_name": 3, "codes": []}', '{"record_name": "x", "codes": "SR"}', "[]"]
    (tmp_path / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = synthetic.rows(tmp_path)
    assert [it.name for it in table.dropped] == [f"truth.jsonl:{number}" for number in (2, 3, 4, 5)]
    (absent,) = synthetic.facts(table.frame, tmp_path)
    assert isinstance(absent, Dropped)
    assert absent.reason == "its file is not in the folder"
