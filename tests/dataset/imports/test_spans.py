"""The rows of a JSON list and of a file of lines, found without holding the file."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.dataset.imports.spans import CLOSED_EARLY, CUT_OFF, line_spans, list_spans

TEXT = st.text(alphabet=st.sampled_from('ab"\\[]{},:é𝄞\n\t ')) | st.text(
    st.characters(exclude_categories=["Cs"])
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def spans_in(text: str, block_bytes: int = 7, stop: int | None = None):
    data = text.encode()
    spans = list(list_spans(io.BytesIO(data), data.index(b"[") + 1, stop, block_bytes=block_bytes))
    return [data[it.start : it.stop].decode() for it in spans if it.problem is None], spans


@given(
    values=st.lists(VALUES, max_size=6),
    block_bytes=st.integers(1, 40),
    indent=st.none() | st.integers(0, 3),
    ascii_only=st.booleans(),
)
def test_every_element_of_any_list_is_found(values, block_bytes, indent, ascii_only):
    text = " " + json.dumps(values, indent=indent, ensure_ascii=ascii_only) + "\n"
    found, _ = spans_in(text, block_bytes)
    assert [json.loads(element) for element in found] == values


@given(values=st.lists(VALUES, min_size=1, max_size=5), block_bytes=st.integers(1, 40), data=st.data())
def test_a_list_that_is_cut_off_gives_what_is_whole_and_says_so(values, block_bytes, data):
    values = [{"value": value} for value in values]
    text = json.dumps(values)
    text = text[: data.draw(st.integers(1, len(text) - 1))]
    found, spans = spans_in(text, block_bytes)
    assert [json.loads(element) for element in found] == values[: len(found)]
    assert spans[-1].problem == CUT_OFF
    assert len(found) == len(spans) - 1


@given(values=st.lists(VALUES, min_size=2, max_size=6), first=st.integers(0, 5), count=st.integers(1, 6))
def test_a_range_of_rows_reads_as_these_rows(values, first, count):
    values = [[value] for value in values]
    first = min(first, len(values) - 1)
    data = json.dumps(values).encode()
    whole = list(list_spans(io.BytesIO(data), 1))
    part = whole[first : first + count]
    again = list(list_spans(io.BytesIO(data), part[0].start, part[-1].stop, block_bytes=5))
    assert again == part


def test_a_broken_row_costs_only_itself():
    found, _ = spans_in('[{"a": 1}, {"a": nonsense, }, {"a": "x, ]"}]')
    assert [element.strip() for element in found] == ['{"a": 1}', '{"a": nonsense, }', '{"a": "x, ]"}']


@pytest.mark.parametrize("text", ["[]", " [ ] \n", "[\n\n]"])
def test_an_empty_list_has_no_rows(text):
    assert spans_in(text)[1] == []


def test_what_stands_behind_the_list_is_not_passed_over():
    assert spans_in("[1] [2]")[1][-1].problem == CLOSED_EARLY


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 64])
def test_quotes_behind_any_number_of_backslashes(block_bytes):
    values = ["\\" * n + '"' * m + ",]" for n in range(5) for m in range(3)]
    assert [json.loads(it) for it in spans_in(json.dumps(values), block_bytes)[0]] == values


@given(lines=st.lists(st.text(alphabet="ab \u2028é", max_size=5), max_size=8), block_bytes=st.integers(1, 9))
def test_lines(lines, block_bytes):
    data = "\n".join(lines).encode()
    spans = list(line_spans(io.BytesIO(data), 0, block_bytes=block_bytes))
    found = [data[it.start : it.stop].decode() for it in spans]
    assert found == (lines[:-1] if lines and not lines[-1] else lines)
