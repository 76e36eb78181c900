"""The label sets against the published tables, and against each other."""

from __future__ import annotations

import csv

import pytest

from bedside.ecg.statements import equivalents, phrases, resolve, scored_classes, statements

SETS = ("scp", "code6", "cpsc2018", "snomed")


def test_counts_of_the_scp_statements() -> None:
    scp = statements("scp").values()
    assert len(scp) == 71
    assert [sum(kind in it.kinds for it in scp) for kind in ("diagnostic", "form", "rhythm")] == [44, 19, 12]
    assert {it.code for it in scp if len(it.kinds) == 2} == {"NDT", "NST_", "DIG", "LNGQT"}
    assert {it.superclass for it in scp if it.superclass} == {"NORM", "MI", "STTC", "CD", "HYP"}
    assert len({it.subclass for it in scp if it.subclass}) == 23
    assert all(bool(it.superclass) == bool(it.subclass) == ("diagnostic" in it.kinds) for it in scp)


def test_the_other_sets() -> None:
    assert list(statements("code6")) == ["1dAVb", "RBBB", "LBBB", "SB", "ST", "AF"]
    assert list(statements("cpsc2018")) == [
        "Normal",
        "AF",
        "I-AVB",
        "LBBB",
        "RBBB",
        "PAC",
        "PVC",
        "STD",
        "STE",
    ]
    assert len(statements("snomed")) == 133
    assert len(scored_classes()) == 26
    assert sum(len(codes) for codes in scored_classes().values()) == 30


def test_a_code_is_taken_as_it_is_written() -> None:
    """A spreadsheet made 1.0AVB of 1AVB; guessing would make up a label."""
    known = resolve("1AVB", "scp")
    assert known is not None
    assert (known.phrase, known.kind, known.superclass) == ("first degree AV block", "diagnostic", "CD")
    assert all(resolve(code, "scp") is None for code in ("1.0AVB", "afib", "AFIB ", "", "164889003"))


def test_what_no_ecg_shows_has_no_kind() -> None:
    hidden = {it.phrase for it in statements("snomed").values() if it.kind is None}
    assert hidden == {
        "cardiac dysrhythmia",
        "coronary heart disease",
        "heart failure",
        "heart valve disorder",
        "transient ischemic attack",
    }


@pytest.mark.parametrize("label_set", SETS)
def test_every_statement_has_words_that_are_known(label_set) -> None:
    for it in statements(label_set).values():
        assert it.phrase in phrases()
        assert it.description.strip()
        assert it.phrase == " ".join(it.phrase.split())


def test_sets_agree_on_kind_and_class_of_a_phrase() -> None:
    said = {}
    for label_set in SETS:
        for it in statements(label_set).values():
            said.setdefault(it.phrase, set()).add((it.kind, it.superclass))
    assert {phrase: ways for phrase, ways in said.items() if len(ways) > 1} == {}


@pytest.mark.parametrize(
    ("code", "label_set", "others"),
    [
        ("AFIB", "scp", {"code6": ("AF",), "cpsc2018": ("AF",), "snomed": ("164889003",)}),
        ("ST", "code6", {"scp": ("STACH",), "snomed": ("427084000",)}),
        ("LBBB", "code6", {"cpsc2018": ("LBBB",), "snomed": ("164909002",)}),
        ("CLBBB", "scp", {"snomed": ("733534002",)}),
        ("17338001", "snomed", {"scp": ("PVC",), "cpsc2018": ("PVC",)}),
        ("STD_", "scp", {}),
        ("282825002", "snomed", {}),
    ],
)
def test_exact_counterparts(code, label_set, others) -> None:
    assert equivalents(code, label_set) == others


def test_counterparts_are_known_mutual_and_share_their_phrase() -> None:
    for label_set in SETS:
        for code, it in statements(label_set).items():
            for other, codes in equivalents(code, label_set).items():
                for there in codes:
                    found = resolve(there, other)
                    assert found is not None
                    assert found.phrase == it.phrase
                    assert code in equivalents(there, other)[label_set]


def test_every_code_of_code_and_cpsc_but_st_has_a_counterpart_in_snomed() -> None:
    for label_set in ("code6", "cpsc2018"):
        without = {code for code in statements(label_set) if "snomed" not in equivalents(code, label_set)}
        assert without == ({"Normal"} if label_set == "cpsc2018" else set())


def test_the_scp_table_is_the_published_one(data_dir) -> None:
    with (data_dir / "ecg/ptbxl/scp_statements.csv").open(encoding="utf-8") as file:
        published = {row[""]: row for row in csv.DictReader(file)}
    assert set(published) == set(statements("scp"))
    for code, row in published.items():
        ours = statements("scp")[code]
        assert ours.description == row["description"]
        assert ours.superclass == (row["diagnostic_class"] or None)
        assert ours.subclass == (row["diagnostic_subclass"] or None)
        assert set(ours.kinds) == {kind for kind in ("diagnostic", "form", "rhythm") if row[kind] == "1.0"}


def test_the_snomed_table_is_the_published_one(data_dir) -> None:
    folder = data_dir / "ecg/cinc2021_scoring"
    published = {}
    for name in ("scored", "unscored"):
        with (folder / f"dx_mapping_{name}.csv").open(encoding="utf-8") as file:
            published |= {row["SNOMEDCTCode"]: (row["Abbreviation"], name) for row in csv.DictReader(file)}
    ours = statements("snomed")
    assert {
        code: (it.abbreviation, "scored" if it.scored else "unscored") for code, it in ours.items()
    } == published


def test_the_scored_classes_are_those_of_the_weights(data_dir) -> None:
    with (data_dir / "ecg/cinc2021_scoring/weights.csv").open(encoding="utf-8") as file:
        names = next(csv.reader(file))[1:]
    assert set(names) == set(scored_classes())
    for name, codes in scored_classes().items():
        assert {it.code for it in codes} == set(name.split("|"))
