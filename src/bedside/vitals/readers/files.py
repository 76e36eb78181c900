"""Walk through sources, each file once, and keep away from what is an output.

A source is a folder with its subfolders, or one file. What two sources or two links lead to is taken once,
and that is noted. A folder that holds an artifact of bedside or a calibration text is an output and never a
source. Hidden files and folders are not looked at. Knows nothing about what recordings are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bedside.artifact import MANIFEST, is_artifact
from bedside.errors import DataError
from bedside.vitals.readers.forms import is_calibration_text, is_text_name, opening
from bedside.vitals.readers.recording import Excluded

__all__ = ["FoundFile", "Walk", "walk"]

_PUBLISHED_LOG = "calibration_dataset_log.json"
_ROWS, _ROW_FIELD = "records.jsonl", '"interval_evidence"'


@dataclass(frozen=True)
class FoundFile:
    """A file in a source.

    Attributes:
        path: where it is.
        name: its path inside the source, for logs; with the source's name where there are several.
        folders: names of the folders it lies in, from the source's own on.
        given: it is a source itself, not found in one.
    """

    path: Path
    name: str
    folders: tuple[str, ...]
    given: bool = False


@dataclass
class Walk:
    """What the sources hold; filled while they are walked through."""

    files: list[FoundFile] = field(default_factory=list[FoundFile])
    outputs: list[Excluded] = field(default_factory=list[Excluded])
    notes: list[str] = field(default_factory=list[str])
    taken: dict[Path, str] = field(default_factory=dict[Path, str])

    def takes(self, path: Path, name: str) -> bool:
        """Tell whether a file or folder comes up for the first time; note it where it does not."""
        real = path.resolve()
        if real in self.taken:
            self.notes.append(f"{name}: the same as {self.taken[real]}; it is read once")
            return False
        self.taken[real] = name
        return True


def walk(sources: Sequence[Path]) -> Walk:
    """Walk through `sources` in the order given, by name inside each.

    Raises:
        DataError: a source does not exist, or a folder may not be looked into.
    """
    result = Walk()
    for source, label in zip(sources, _labels(sources), strict=True):
        try:
            _walk_source(source, label, result)
        except OSError as error:
            raise DataError(
                f"cannot be looked through: {error}",
                file=source,
                fix="give recordings, or folders of them, that you may read",
            ) from error
    return result


def _walk_source(source: Path, label: str, result: Walk) -> None:
    if source.is_dir():
        _walk_folder(source, label, (source.resolve().name,), result)
    elif source.is_file():
        _take_file(FoundFile(source, label, (source.resolve().parent.name,), given=True), result)
    else:
        raise DataError("no such file or folder", file=source, fix="give recordings, or folders of them")


def _labels(sources: Sequence[Path]) -> Iterator[str]:
    """Name each source: a folder "" and a file by its name; several so that they differ."""
    used: dict[str, int] = {}
    for source in sources:
        real = source.resolve()
        if len(sources) == 1:
            yield real.name if source.is_file() else ""
            continue
        name = f"{real.parent.name}/{real.name}" if source.is_file() else real.name
        used[name] = used.get(name, 0) + 1
        yield name if used[name] == 1 else f"{name} ({used[name]})"


def _walk_folder(folder: Path, label: str, folders: tuple[str, ...], result: Walk) -> None:
    if not result.takes(folder, label or folder.resolve().name):
        return
    entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    files = [path for path in entries if path.is_file()]
    if is_artifact(folder):
        inside = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        reason = f"in an output of bedside ({MANIFEST}), which is never a source"
        result.outputs += [_output(path, folder, label, reason) for path in inside if is_text_name(path.name)]
        return
    mark = next((path.name for path in files if _is_output(path)), None)
    for path in files:
        if mark is None:
            _take_file(FoundFile(path, _join(label, path.name), folders), result)
        elif is_text_name(path.name):
            reason = (
                "a calibration text, which is an output and never a source"
                if _is_output(path)
                else f"in a folder of outputs ({mark}), which is never a source"
            )
            result.outputs.append(_output(path, folder, label, reason))
    for path in entries:
        if path.is_dir():
            _walk_folder(path, _join(label, path.name), (*folders, path.name), result)


def _take_file(file: FoundFile, result: Walk) -> None:
    if not result.takes(file.path, file.name):
        return
    if file.given and _is_output(file.path):
        reason = "a calibration text, which is an output and never a source"
        result.outputs.append(Excluded(file.path, file.name, reason))
    else:
        result.files.append(file)


def _is_output(path: Path) -> bool:
    if path.name == _PUBLISHED_LOG:
        return True
    try:
        if path.name == _ROWS:
            return _ROW_FIELD in opening(path)
        return is_text_name(path.name) and is_calibration_text(opening(path))
    except DataError:
        return False  # whoever reads it says what is wrong


def _output(path: Path, folder: Path, label: str, reason: str) -> Excluded:
    return Excluded(path, _join(label, path.relative_to(folder).as_posix()), reason)


def _join(label: str, name: str) -> str:
    return f"{label}/{name}" if label else name
