"""Commands that look into a dataset: count what it holds, and find what must not be in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from bedside.cli.output import Json, print_json, print_table
from bedside.errors import DataError

if TYPE_CHECKING:
    from bedside.dataset.inspect.counting import Part

__all__ = ["check", "inspect"]

Switch = Annotated[bool, Parameter(negative="")]


def inspect(
    dataset: Path,
    *,
    out: Path | None = None,
    tokenizer: Path | None = None,
    show: Switch = False,
    as_json: Json = False,
) -> None:
    """Count what a dataset holds, and write a page with examples, lengths, balance and what was dropped.

    Args:
        dataset: the folder of a dataset.
        out: the page to write; DATASET-inspect.html beside the dataset where not given.
        tokenizer: a model folder or GGUF; lengths are then told in its tokens, else in characters.
        show: open the page in a browser.
    """
    import webbrowser

    from bedside.dataset.inspect import inspect_dataset

    page = out or dataset.absolute().with_name(f"{dataset.absolute().name}-inspect.html")
    seen = inspect_dataset(dataset, page=page, tokenizer=tokenizer)
    if as_json:
        print_json({"page": str(page), "parts": {part.name: _counted(part) for part in seen.parts}})
    else:
        counts = ("examples", "subjects", "pictures")
        rows = [{"part": part.name, **{name: _counted(part)[name] for name in counts}} for part in seen.parts]
        print_table(rows, title=str(dataset))
        print(page)  # noqa: T201
    if show:
        webbrowser.open(page.as_uri())


def check(dataset: Path, *, workers: int | None = None, as_json: Json = False) -> None:
    """Look for leaks, duplicates, refusals and what is broken; exits with 1 where there is something.

    Args:
        dataset: the folder of a dataset, or any folder with train.jsonl and test.jsonl of that form.
        workers: processes; by default as many as there are cores.
    """
    from bedside.dataset.check import check_dataset

    report = check_dataset(dataset, workers=workers)
    if as_json:
        problems = [{**vars(it), "where": list(it.where)} for it in report.problems]
        print_json({"examples": report.examples, "problems": problems})
    else:
        rows = [{"part": part, "examples": count} for part, count in report.examples.items()]
        print_table(rows, title=str(dataset))
    if report.problems:
        told = "\n".join(
            f"{it.code}: {it.count} {it.message}" + "".join(f"\n    {where}" for where in it.where)
            for it in report.problems
        )
        raise DataError(
            f"{dataset} must not be used as it is:\n{told}",
            fix="build it anew: `bedside dataset` keeps linked subjects together; or mend the source",
        )


def _counted(part: Part) -> dict[str, Any]:
    counts = {name: dict(getattr(part, name)) for name in ("sources", "tasks", "findings", "sexes", "ages")}
    return {
        "examples": part.examples,
        "subjects": len(part.subjects),
        "pictures": len(part.pictures),
        **counts,
    }
