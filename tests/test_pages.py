"""Pages: text stays text, the look comes along, and a name that is forgotten is not left blank."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from bedside.pages import write_page


def test_a_page_has_the_common_look_and_its_values_as_text(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text('<style>{% include "page.css" %}</style>{{ said }}\n\n')
    write_page(tmp_path / "sub" / "out.html", template, {"said": "<b>µ</b>"}, purpose="a test")
    text = (tmp_path / "sub" / "out.html").read_bytes().decode()
    assert text.endswith("&lt;b&gt;µ&lt;/b&gt;\n")
    assert "prefers-color-scheme: dark" in text


def test_a_value_that_is_not_given_is_a_bug(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ said }}")
    with pytest.raises(jinja2.UndefinedError):
        write_page(tmp_path / "out.html", tmp_path / "page.html", {}, purpose="a test")
    assert not (tmp_path / "out.html").exists()
