"""Commands on calibration text: build it, compare two builds, convert a corpus, audit a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from bedside.artifact import is_artifact, open_artifact
from bedside.cli.output import DEFAULTS, Json, StageOptions, print_artifact, print_json, print_table
from bedside.console import progress, say
from bedside.errors import DataError

__all__ = ["audit", "build", "diff", "reformat"]

Listed = Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=False)]
Paths = Annotated[tuple[Path, ...], Parameter(negative="", consume_multiple=False)]
_SHORT = 60


@Parameter(name="*")
@dataclass(frozen=True)
class BuildOptions:
    """What `build` takes besides its sources; each sets a field of `CalibrationConfig`.

    Attributes:
        profile: `clinical` (what is true) or `published` (the published files, errors included).
        prompt: `deployment`, `quantization_calibration`, `night_sentinel`, `clinical_analysis` or `all`.
        tokenizer: a model folder or GGUF; counts tokens, and its own turns are checked.
        tokens: how many tokens the conversations (of the first prompt) should have; needs --tokenizer.
        windows: which stretches become texts: all, night, 8h, 1h, 15min; several with commas.
        general: a text file or JSON Lines of examples to mix in (its share: --set general_share=0.25).
        exclude: a data set whose test and validation subjects must not come in; repeatable.
        interval: seconds between the rows of monitor files, where detection is wrong or impossible.
        columns: YAML that says what the columns of another monitor's CSV mean.
        seed: of the wording and the choice of windows.
        workers: processes that read recordings.
        executor: `local` or `ray`.
    """

    profile: str | None = None
    prompt: str | None = None
    tokenizer: Path | None = None
    tokens: int | None = None
    windows: Listed = ()
    general: Path | None = None
    exclude: Paths = ()
    interval: float | None = None
    columns: Path | None = None
    seed: int | None = None
    workers: int | None = None
    executor: str | None = None

    def given(self) -> dict[str, Any]:
        """Return the fields that these options set, `None` where one was not used."""
        return {
            "profile": self.profile,
            "prompt": self.prompt,
            "tokenizer": _path(self.tokenizer),
            "tokens": self.tokens,
            "windows": [name for part in self.windows for name in part.split(",") if name] or None,
            "general": _path(self.general),
            "exclude": [_path(path) for path in self.exclude] or None,
            "interval_s": self.interval,
            "column_map": _path(self.columns),
            "seed": self.seed,
            "workers": self.workers,
            "executor": self.executor,
        }


NOTHING = BuildOptions()


def build(
    *sources: Path, out: Path, build_options: BuildOptions = NOTHING, options: StageOptions = DEFAULTS
) -> None:
    """Write calibration text from recordings, a data set (its training split), or both.

    Args:
        sources: folders or files of recordings from monitors and wearables; the folder of a data set.
        out: the folder to write.
    """
    from bedside.calibration import CalibrationConfig, calibrate

    config = options.config(CalibrationConfig, "calibration", given=build_options.given())
    datasets = [path for path in sources if is_artifact(path)]
    if len(datasets) > 1:
        raise DataError(
            "more than one data set is given", file=datasets[1], fix="give one, and the others apart"
        )
    artifact = calibrate(
        config,
        sources=[path for path in sources if path not in datasets],
        dataset=open_artifact(datasets[0], "dataset") if datasets else None,
        out_dir=out,
    )
    print_artifact(artifact, as_json=options.as_json)


def _path(path: Path | None) -> str | None:
    """A path on the command line is relative to the working folder, not to a recipe."""
    return None if path is None else str(path.absolute())


def diff(a: Path, b: Path, *, as_json: Json = False) -> None:
    """Compare two builds of calibration text record by record, field by field.

    Args:
        a: the folder of one build.
        b: the folder of the other.
        as_json: print JSON for machines.
    """
    from bedside.calibration.diff import compare

    found = compare(open_artifact(a, "calibration"), open_artifact(b, "calibration"))
    if as_json:
        print_json(asdict(found))
        return
    rows = [{**asdict(change), "a": _brief(change.a), "b": _brief(change.b)} for change in found.stated]
    if rows:
        print_table(rows, title=f"a = {a}, b = {b}")
    for name, only in (("a", found.only_a), ("b", found.only_b)):
        if only:
            print(f"only in {name}: {', '.join(only)}")  # noqa: T201 - the result
    differing = len({(change.subject_id, change.window) for change in found.changes})
    print(f"{found.same} records are the same, {differing} differ in {len(found.changes)} fields")  # noqa: T201
    if unstated := len(found.changes) - len(found.stated):
        print(f"{unstated} of these only one of the builds states; --json lists them too")  # noqa: T201


def audit(
    file: Path,
    *,
    tokenizer: Path,
    ctx: int = 512,
    against: Path | None = None,
    out: Path | None = None,
    as_json: Json = False,
) -> None:
    """Say what a calibration file does to a model: ok, warn or fail for each line, and why.

    Args:
        file: the text, with turns or plain.
        tokenizer: the model folder or GGUF that the text is for.
        ctx: tokens in a chunk, as llama-imatrix -c.
        against: an evaluation set that must not be in the text: a data set, a text or JSON Lines of examples.
        out: write a page with plots here.
        as_json: print JSON for machines.
    """
    from bedside.calibration.audit import audit as look
    from bedside.calibration.audit.page import write_page
    from bedside.vocabulary import open_vocabulary

    with progress(f"auditing {file.name}"):
        found = look(file, vocabulary=open_vocabulary(tokenizer), context=ctx, against=against)
    if out is not None:
        write_page(found, out)
    if as_json:
        print_json(asdict(found))
    else:
        columns = ("verdict", "looked at", "found", "why")
        print_table([dict(zip(columns, row, strict=True)) for row in found.rows()], title=str(file))
        for line in (*found.commands, *found.notes):
            print(line)  # noqa: T201 - the result
        if out is not None:
            say(f"page: {out}")


def _write_new(file: Path, text: str) -> None:
    """Write a file whole or not at all; one that is there with the same content stays."""
    data = text.encode()
    if file.exists():
        if file.read_bytes() == data:
            return
        raise DataError(
            "is there already, with other content", file=file, fix="give another --out, or remove it"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.write_bytes(data)
    partial.replace(file)


def _brief(value: object) -> str:
    text = "absent" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def reformat(
    plain: Path,
    *,
    out: Path,
    prompt: str | None = None,
    profile: Literal["clinical", "published"] = "clinical",
    as_json: Json = False,
) -> None:
    """Turn an existing plain corpus into conversations.

    Args:
        plain: the corpus: records apart by lines of `=`, or by empty lines.
        out: the folder to write.
        prompt: as of `build`; by default the deployment's, or the published one.
        profile: `clinical` (Gemma's turns, each record's own conclusion) or `published` (the published form).
        as_json: print JSON for machines.
    """
    from bedside.calibration.reformat import read_corpus
    from bedside.calibration.reformat import reformat as convert

    made = convert(read_corpus(plain), prompt=prompt, profile=profile)
    for name, text in made.files.items():
        _write_new(out / name, text)
    report = {**asdict(made.report), "files": sorted(made.files)}
    if as_json:
        print_json({"path": str(out), **report})
        return
    rows = [{"figure": name, "value": value} for name, value in report.items() if name != "notes"]
    print_table(rows, title=str(out))
    for note in made.report.notes:
        say(f"note: {note}")
