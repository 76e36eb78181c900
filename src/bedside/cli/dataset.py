"""Commands that make datasets: from a recipe, from one source, from others; and that look into one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from bedside.cli import COMMANDS
from bedside.cli.output import DEFAULTS, StageOptions, print_artifact, print_table
from bedside.errors import DataError, RecipeError

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
for _name, (_function, _, _help) in COMMANDS.items():
    _parent, _, _word = _name.partition(" ")
    if _parent == "dataset" and _word:
        app.command(f"bedside.cli.{_function}", name=_word, help=_help)


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


def _listed(words: Words) -> list[str] | None:
    """Return what was given, repeated or with commas; `None` where nothing was."""
    return [part.strip() for word in words for part in word.split(",")] or None


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
