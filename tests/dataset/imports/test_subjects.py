"""Whose a row is: rows of one patient, record or question have one subject."""

from __future__ import annotations

import pytest

from bedside.dataset.imports import ImportSource
from bedside.dataset.imports.subjects import Record, patients_in, question_subject, record_in
from bedside.errors import DataError
from imported_files import imported, write_pictures, write_rows

RECORDS = {
    "ptb-xl/records500/00000/00123_hr-0.png": Record("ptb-xl", "123"),
    "ptb-xl/00123_hr_v2-0.png": Record("ptb-xl", "123"),
    "test_images/ptb_test_v4/07190_hr-0.png": Record("ptb-xl", "7190"),
    "ecg_ptbxl_benchmarking/data/records500/21000/21837_hr.png": Record("ptb-xl", "21837"),
    "ecgqa_test/00010_hr-1.png": Record("ptb-xl", "10"),
    "mimic_v4/files/p1000/p10000032/s40689238/40689238-0.png": Record("mimic-iv-ecg", "40689238", "10000032"),
    "mimic/40689238-1.png": Record("mimic-iv-ecg", "40689238"),
    "code15_v4/1169160-3.png": Record("code-15", "1169160"),
    "csn_aug_all_layout_papersize/JS00001-0.png": Record("chapman-shaoxing", "JS00001"),
    "cpsc/A0001-0.png": Record("challenge-2021", "A0001"),
    "g12/E00001-0.png": Record("challenge-2021", "E00001"),
    "scans/00123_hr-0.png": None,
    "adapter/00123.png": None,
    "ptb-xl/overview.png": None,
    "00123_hr-0.png": None,
    "": None,
}


@pytest.mark.parametrize("path", RECORDS)
def test_the_path_names_the_record(path):
    assert record_in(path) == RECORDS[path]


def rows_on(*paths):
    turns = [{"from": "human", "value": "Is it?"}, {"from": "gpt", "value": "It is."}]
    return [{"image": path, "conversations": turns} for path in paths]


def subjects(tmp_path, *paths, tables=()):
    folder = write_pictures(tmp_path / "pictures", *paths)
    path = write_rows(tmp_path / "rows.json", rows_on(*paths))
    source = ImportSource(kind="import", path=path, format="ecginstruct", images=(folder,), patients=tables)
    examples, dropped = imported(source, tmp_path / "out")
    assert dropped == []
    return [it.subject_id for it in examples], [it.source for it in examples]


def test_several_pictures_of_a_record_have_one_subject(tmp_path):
    found, sources = subjects(
        tmp_path, "ptb-xl/00001_hr-0.png", "ptb-xl/00001_hr-1.png", "ptb-xl/00002_hr-0.png"
    )
    assert found == ["ptb-xl/1", "ptb-xl/1", "ptb-xl/2"]
    assert sources == ["ecginstruct/ptb-xl"] * 3


def test_tables_join_records_of_one_patient(tmp_path):
    ptbxl, code15 = tmp_path / "ptbxl_database.csv", tmp_path / "exams.csv"
    ptbxl.write_text('ecg_id,patient_id,report\n1,15709.0,"a, b"\n2,15709.0,c\n3,13243.0,d\n')
    code15.write_text("exam_id,age,patient_id\n1169160,38,523632\n4,40,\n")
    names = ["ptb-xl/00001_hr-0.png", "ptb-xl/00002_hr-0.png", "code15_v4/1169160-0.png", "code15_v4/4-0.png"]
    found, _ = subjects(tmp_path, *names, tables=(ptbxl, code15))
    assert found == ["ptb-xl/15709", "ptb-xl/15709", "code-15/523632", "code-15/4"]


def test_the_real_table_of_ptb_xl(data_dir):
    table = data_dir / "ecg" / "ptbxl" / "ptbxl_database.csv"
    assert patients_in([table], [Record("ptb-xl", "1")]) == {("ptb-xl", "1"): "15709"}


def test_the_path_of_mimic_names_the_patient(tmp_path):
    found, _ = subjects(
        tmp_path,
        "mimic_v4/p1000/p10000032/s1/1-0.png",
        "mimic_v4/p1000/p10000032/s2/2-0.png",
        "mimic/3-0.png",
    )
    assert found == ["mimic-iv-ecg/10000032", "mimic-iv-ecg/10000032", "mimic-iv-ecg/3"]


def test_a_table_that_does_not_tell_is_refused(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="does not tell whose") as error:
        subjects(tmp_path, "ptb-xl/00001_hr-0.png", tables=(table,))
    assert "ecg_id and patient_id" in error.value.fix


def test_other_pictures_are_known_by_their_bytes(tmp_path):
    folder = write_pictures(tmp_path / "pictures", "a.png", "b.png")
    (folder / "c.png").write_bytes((folder / "a.png").read_bytes())
    path = write_rows(tmp_path / "rows.json", rows_on("a.png", "b.png", "c.png"))
    source = ImportSource(kind="import", path=path, format="ecginstruct", images=(folder,))
    a, b, c = (it.subject_id for it in imported(source, tmp_path / "out")[0])
    assert a == c != b
    assert len(list((tmp_path / "out" / "images").iterdir())) == 2


def test_equal_questions_have_one_subject():
    one = question_subject("What is  ﬁbrillation?")
    assert question_subject("what is\nFibrillation") == one
    assert question_subject("What is flutter?") != one


def test_name_licence_and_split(tmp_path):
    row = {"input": "a", "context": "", "output": "b", "source": "medqa"}
    path = write_rows(tmp_path / "train.json", [row])
    plain = ImportSource(kind="import", path=path, format="medrescue")
    example = imported(plain, tmp_path / "out")[0][0]
    assert (example.id, example.source, example.licence) == ("train-0000001", "medrescue/medqa", "CC BY 4.0")
    named = plain.model_copy(update={"name": "rescue", "licence": "MIT", "split": "test"})
    example = imported(named, tmp_path / "out")[0][0]
    assert (example.id, example.source, example.licence) == ("rescue-0000001", "rescue/medqa", "MIT")
    assert example.split == "test"
