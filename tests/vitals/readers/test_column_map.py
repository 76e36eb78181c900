import pytest

from bedside.errors import RecipeError
from bedside.vitals.readers.column_map import read_column_map

GOOD = """\
separator: ";"
decimal: ","
time: {column: Zeit, read_as: datetime, format: "%d.%m.%Y %H:%M"}
interval_s: 60
signals:
  hr: HF
  spo2: {column: SpO2, unit: fraction}
subject_id: 'bett_(\\d+)'
cohort: adult
"""


def write(tmp_path, text):
    path = tmp_path / "columns.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_column_map_is_read(tmp_path):
    found = read_column_map(write(tmp_path, GOOD))
    assert (found.separator, found.decimal, found.interval_s, found.cohort) == (";", ",", 60.0, "adult")
    assert found.columns == ("Zeit", "HF", "SpO2")
    assert found.conversion("hr").factor == 1.0
    assert found.conversion("spo2").factor == 100.0


@pytest.mark.parametrize("separator", ['"\\t"', "tab", "'\\t'"])
def test_a_tab_may_be_written_in_three_ways(tmp_path, separator):
    text = f"separator: {separator}\ntime: {{column: t, read_as: seconds}}\nsignals: {{hr: HR}}\n"
    assert read_column_map(write(tmp_path, text)).separator == "\t"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("cohort: adult", "cohorte: adult"),
            r"columns\.yaml:9: cohorte: unknown field; did you mean 'cohort'",
        ),
        (
            ("cohort: adult", "cohort: old"),
            r"columns\.yaml:9: cohort: input should be 'adult', .* \(found 'old'\)",
        ),
        (('separator: ";"', 'separator: "|"'), r"columns\.yaml:1: separator: input should be ',', ';'"),
        (("  hr: HF", "  heart: HF"), r"signals: unknown signal 'heart'.*Allowed: hr, pulse"),
        (("  hr: HF", "  pulse: HF"), r"signals: hr is missing"),
        (
            ("unit: fraction", "unit: ppm"),
            r"signals\.spo2: unknown unit 'ppm'.*Allowed: %, percent, fraction",
        ),
        (
            ("unit: fraction", "units: '%'"),
            r"columns\.yaml:7: signals.spo2.units: unknown field; did you mean 'unit'",
        ),
        (("column: Zeit, ", ""), r"columns\.yaml:3: time\.column: this field is missing"),
        (
            ("read_as: datetime", "read_as: clock"),
            r"columns\.yaml:3: time: format belongs to `read_as: datetime`",
        ),
        (
            ("read_as: datetime", "read_as: date"),
            r"columns\.yaml:3: time\.read_as: input should be 'seconds'",
        ),
        (("%d.%m.%Y %H:%M", "%s"), r"columns\.yaml:3: time: format: '%s' cannot be read"),
        (("%d.%m.%Y %H:%M", "%d.%m.%Y"), r"format: '%d\.%m\.%Y' cannot be read .*26\.10\.2019.* is not read"),
        (("%d.%m.%Y %H:%M", "%d.%m.%Y %I:%M"), r"format: '%d\.%m\.%Y %I:%M' cannot be read"),
        (("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S,%f"), r"parts of seconds must stand behind a point"),
        (("%d.%m.%Y %H:%M", "%d.%m.%Y %Q"), r"format: '%d\.%m\.%Y %Q' cannot be read"),
        (('separator: ";"', 'separator: ","'), r"separator and decimal are both ','"),
        (("  hr: HF", "  hr: Zeit"), r"the column 'Zeit' stands for two things"),
        (("interval_s: 60", "interval_s: 0"), r"columns\.yaml:4: interval_s: input should be greater than 0"),
        (("'bett_(\\d+)'", "'bett_'"), r"columns\.yaml:8: subject_id: has no group"),
        (("'bett_(\\d+)'", "'bett_('"), r"columns\.yaml:8: subject_id: not a regular expression"),
        ((GOOD, ""), r"columns\.yaml: time: this field is missing"),
        ((GOOD, "time: ["), r"cannot be read"),
        ((GOOD, "time: 2019-13-45"), r"cannot be read"),
        (
            ("interval_s: 60", "interval_s: .inf"),
            r"columns\.yaml:4: interval_s: input should be a finite number",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_is_allowed(tmp_path, change, message):
    with pytest.raises(RecipeError, match=message) as caught:
        read_column_map(write(tmp_path, GOOD.replace(*change)))
    assert caught.value.fix


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"none\.yaml cannot be read"):
        read_column_map(tmp_path / "none.yaml")
