"""Pages of HTML that need nothing else: one look for all of them, and one way to write them.

A template includes `page.css` and adds its own rules. Knows nothing of what a page says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bedside.extras import require

__all__ = ["write_page"]


def write_page(path: Path, template: Path, values: dict[str, Any], *, purpose: str) -> None:
    """Fill in `template` with `values` and write it to `path`; text stays text.

    Args:
        path: the HTML file; its folder is made where it is missing.
        template: a jinja2 template; a name that it uses and `values` lack is a bug and raises.
        values: what it is filled with.
        purpose: what to say the package is needed for where it is missing.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    jinja2 = require("jinja2", extra="report", purpose=purpose)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, Path(__file__).parent]),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    text = environment.get_template(template.name).render(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")
