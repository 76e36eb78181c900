"""Commands that make datasets: from a recipe, from one source, from others; and that look into one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from bedside.cli.output import DEFAULTS, Json, StageOptions, print_artifact, print_json, print_table
from bedside.errors import DataError, RecipeError

if TYPE_CHECKING:
    from bedside.dataset.inspect.counting import Part

__all__ = ["app"]

Words = Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=False)]
Paths = Annotated[tuple[Path, ...], Parameter(negative="", consume_multiple=False)]
Numbers = Annotated[tuple[float, ...], Parameter(negative="", consume_multiple=False)]
Switch = Annotated[bool, Parameter(negative="")]
Format = Literal["ecginstruct", "ecgbench", "medrescue", "messages", "sharegpt", "alpaca", "text"]

app = App(
    name="dataset",
    help="Make examples from the sources of a recipe, or from one source; look into a dataset.",
    help_format="plaintext",
    result_action="return_value",
)


@Parameter(name="*")
@dataclass(frozen=True)
class Choice:
    """What every source can be asked for; each sets a field of `DatasetConfig`.

    Attributes:
        where: only examples with FIELD=VALUE (source, task, sex, split, licence); repeatable.
        balance: no target more frequent than the rarest, in the training part.
        seed: of the split, of what is drawn and of wording.
        workers: processes.
        executor: `local` or `ray`.
    """

    where: Words = ()
    balance: Switch = False
    seed: int | None = None
    workers: int | None = None
    executor: str | None = None

    def given(self) -> dict[str, Any]:
        """Return the fields that were set."""
        where: dict[str, list[str]] = {}
        for item in self.where:
            field, equals, value = item.partition("=")
            if not equals:
                raise RecipeError(f"--where {item}: there is no '='.", fix="write --where source=ptb-xl")
            where.setdefault(field, []).append(value)
        fields = {"seed": self.seed, "workers": self.workers, "executor": self.executor}
        return {**fields, "where": where or None, "balance": self.balance or None}


_ALL = Choice()


@app.default
def build(*, out: Path, options: StageOptions = DEFAULTS) -> None:
    """Make examples from the sources of a recipe, split by subject.

    Args:
        out: the folder to write.
    """
    _build({}, out, options)


@app.command
def ecg(
    source: Path,
    *,
    out: Path,
    tasks: Words = (),
    pairs_per_record: int | None = None,
    layout: str | None = None,
    size: int | None = None,
    speed: int | None = None,
    gain: int | None = None,
    distorted: float | None = None,
    amplitude_gain: float | None = None,
    choice: Choice = _ALL,
    options: StageOptions = DEFAULTS,
) -> None:
    """Make pictures, questions and answers from a folder of ECGs with its label and report tables.

    Args:
        source: the folder as it was published: PTB-XL, CODE-15 %, Chapman-Shaoxing, MIMIC-IV-ECG, Challenge
            2021, or what `bedside ecg synth` wrote.
        out: the folder to write.
        tasks: report, rhythm, morphology, measurement, yes_no, multiple_choice; several with commas.
        pairs_per_record: at most this many questions about one record.
        layout: 3x4, 3x4+1R, 3x4+3R, 6x2, 12x1, each also with -cabrera.
        size: width and height of a picture, pixels.
        speed: paper speed, mm/s: 25 or 50.
        gain: mm/mV: 5, 10 or 20.
        distorted: share of records whose picture is distorted like a photograph or scan.
        amplitude_gain: what CODE-15 % tracings are multiplied with; they are about twice millivolts.
    """
    fields = {
        "tasks": _listed(tasks),
        "pairs_per_record": pairs_per_record,
        "layout": layout,
        "size": size,
        "speed": speed,
        "gain": gain,
        "distorted": distorted,
        "amplitude_gain": amplitude_gain,
    }
    _build(_one("ecg", source, fields) | choice.given(), out, options)


@app.command
def vitals(
    source: Path,
    *,
    out: Path,
    windows: Words = (),
    windows_per_kind: int | None = None,
    choice: Choice = _ALL,
    options: StageOptions = DEFAULTS,
) -> None:
    """Make questions and assessments from recordings of monitors and wearables.

    Args:
        source: a folder of recordings, in the forms that `bedside calibration build` reads.
        out: the folder to write.
        windows: besides the whole recording: 15min, 1h, 8h, night; several with commas.
        windows_per_kind: how many of each kind.
    """
    fields = {"windows": _listed(windows), "windows_per_kind": windows_per_kind}
    _build(_one("vitals", source, fields) | choice.given(), out, options)


@app.command(name="import")
def import_(
    file: Path,
    *,
    format_: Annotated[Format, Parameter(name="--format")],
    out: Path,
    images: Paths = (),
    patients: Paths = (),
    name: str | None = None,
    split: Literal["train", "validation", "test"] | None = None,
    licence: str | None = None,
    choice: Choice = _ALL,
    options: StageOptions = DEFAULTS,
) -> None:
    """Read questions and answers, or text, in the forms of other projects.

    Args:
        file: JSON, JSON Lines or Parquet; for `text` also a text or PDF file, or a folder of them.
        format_: what the rows look like: ecginstruct, ecgbench, medrescue, messages, sharegpt, alpaca, text.
        out: the folder to write.
        images: folder with the pictures, or shard_*.tar.gz; repeatable.
        patients: table (CSV) that says which record is of which patient; repeatable.
        name: what the source is called in ids and counts.
        split: the part that every row belongs to, for a published test set.
        licence: of the source, where the format has no usual one.
    """
    kind = "text" if format_ == "text" else "import"
    fields: dict[str, Any] = {"licence": licence, "name": name}
    if kind == "import":
        fields |= {
            "format": format_,
            "images": [str(path.absolute()) for path in images] or None,
            "patients": [str(path.absolute()) for path in patients] or None,
            "split": split,
        }
    elif images or patients or split:
        raise DataError("text is about no picture or patient", fix="leave --images, --patients, --split out")
    _build(_one(kind, file, fields) | choice.given(), out, options)


@app.command
def mix(
    *datasets: Path,
    out: Path,
    weight: Numbers = (),
    choice: Choice = _ALL,
    options: StageOptions = DEFAULTS,
) -> None:
    """Join datasets by weight; duplicates go, and what is held out in one is held out in all.

    Args:
        datasets: folders of datasets.
        out: the folder to write.
        weight: one for each dataset, in order: the ratio in which they stand in the training part.
    """
    sources = [{"kind": "dataset", "path": str(path.absolute())} for path in datasets]
    weights = list(weight) or None
    _build({"sources": sources, "weights": weights, **choice.given()}, out, options)


@app.command
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


@app.command
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


def _listed(words: Words) -> list[str] | None:
    """Return what was given, repeated or with commas; `None` where nothing was."""
    return [part.strip() for word in words for part in word.split(",")] or None


def _counted(part: Part) -> dict[str, Any]:
    counts = {name: dict(getattr(part, name)) for name in ("sources", "tasks", "findings", "sexes", "ages")}
    return {
        "examples": part.examples,
        "subjects": len(part.subjects),
        "pictures": len(part.pictures),
        **counts,
    }


def _one(kind: str, path: Path, fields: dict[str, Any]) -> dict[str, Any]:
    source = {name: value for name, value in fields.items() if value is not None}
    return {"sources": [{"kind": kind, "path": str(path.absolute()), **source}]}


def _build(given: dict[str, Any], out: Path, options: StageOptions) -> None:
    from bedside.dataset import DatasetConfig, build_dataset
    from bedside.dataset.split import SPLITS

    config = options.config(DatasetConfig, "dataset", given=given)
    artifact = build_dataset(config, out_dir=out)
    figures = artifact.manifest.figures
    _say_dropped(figures["dropped"], artifact.path)
    _say_warnings(figures["picture_warnings"], artifact.path)
    if options.as_json:
        print_artifact(artifact, as_json=True)
        return
    counted = ("examples", "subjects", "pictures")
    counts = figures["counts"]
    parts = [{"part": part, **{it: counts[part][it] for it in counted}} for part in SPLITS]
    seconds = f"{artifact.manifest.seconds:.1f} s"
    print(f"dataset  digest {artifact.digest[:12]}  {seconds}  {artifact.path}")  # noqa: T201
    print_table(parts)
    sources = figures["sources"].items()
    print_table([{"source": name, **row, "licences": ", ".join(row["licences"])} for name, row in sources])


def _say_warnings(warnings: dict[str, int], folder: Path) -> None:
    from bedside.console import say

    for code, count in warnings.items():
        say(f"warning: {count} × {code}")
    if warnings:
        say(f"warning: docs/ecg.md says what each means, {folder / 'pictures'} which picture has it")


def _say_dropped(reasons: dict[str, int], folder: Path) -> None:
    from bedside.console import say

    for reason, count in list(reasons.items())[:20]:
        say(f"dropped: {count} × {reason}")
    if reasons:
        say(f"dropped: each is listed in {folder / 'dropped.jsonl'}")
