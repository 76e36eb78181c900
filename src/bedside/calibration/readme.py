"""Write `README.md` beside calibration text: who is in it, where it comes from, and how it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bedside.calibration.log import Log

__all__ = ["readme"]

_TITLES = {
    "clinical": "Calibration text",
    "published": "Calibration text, published profile: reproduced with its known errors",
}
_UNKNOWN = "not shown by the file"


def readme(log: Log, files: Mapping[str, str]) -> str:
    """Word the README of a build.

    Args:
        log: of the build.
        files: file names by the kind of text they hold.
    """
    warning = "" if log.warning is None else f"> **Do not use this to calibrate a model.** {log.warning}\n\n"
    parts = [
        f"# {_TITLES[log.profile]}\n\n{warning}{_summary(log)}",
        f"## Population\n\n{_population(log)}",
        f"## Provenance and licences\n\n{_provenance(log)}",
        f"## Files\n\n{_files(log, files)}",
        f"## Left out\n\n{_left_out(log)}",
    ]
    if log.warning is None:
        parts.append(f"## Use\n\n{_use(files)}")
    return "\n\n".join(parts) + "\n"


def _summary(log: Log) -> str:
    totals, check = log.totals, log.exclusion_check
    tested = (
        f"{check.held_out_subjects} subjects are held out (test and validation); "
        f"{check.held_out_subjects_in_calibration} of them are in it."
        if check.datasets
        else "No data set was given whose test subjects could be held out."
    )
    return f"{totals.texts} texts ({totals.distinct_texts} distinct) of {totals.subjects} subjects. {tested}"


def _population(log: Log) -> str:
    used = [file for file in log.files if file.status == "used"]
    rows = [
        (cohort, len(files), _hours(f.span_s for f in files), _hours(f.analysed_s for f in files))
        for cohort in log.totals.by_cohort
        if (files := [file for file in used if file.cohort == cohort])
    ]
    if not rows:
        return "No recordings; the texts come from a data set."
    return _table(("cohort", "recordings", "hours recorded", "hours with a heart rate"), rows)


def _hours(seconds: Iterable[float | None]) -> str:
    return f"{sum(value or 0.0 for value in seconds) / 3600:.1f}"


def _provenance(log: Log) -> str:
    origins: dict[tuple[str, str], int] = {}
    for file in log.files:
        if file.status == "used":
            origin = (file.attribution or _UNKNOWN, file.licence or _UNKNOWN)
            origins[origin] = origins.get(origin, 0) + 1
    rows = [(attribution, licence, count) for (attribution, licence), count in sorted(origins.items())]
    if log.dataset is not None:
        name = f"data set {log.dataset.name} ({log.dataset.digest[:12]})"
        rows.append((name, "that of its own sources", log.dataset.examples_used))
    if log.general is not None:
        rows.append((f"general text {log.general.name}", _UNKNOWN, log.general.texts_used))
    return _table(("source", "licence", "recordings or texts"), rows)


def _files(log: Log, files: Mapping[str, str]) -> str:
    tokens = log.totals.tokens or {}
    rows = [(name, kind, tokens.get(name, "not counted")) for kind, name in files.items()]
    kept = [
        ("records.jsonl", "the figures behind each text", ""),
        ("log.json", "every file that was read or left out, and why", ""),
        ("manifest.json", "settings, inputs, digests", ""),
    ]
    return _table(("file", "holds", "tokens"), [*rows, *kept])


def _left_out(log: Log) -> str:
    excluded = [file for file in log.files if file.status == "excluded"]
    superseded = sum(file.status == "superseded" for file in log.files)
    rows = [(file.name, _cell(file.reason or "")) for file in excluded]
    table = _table(("file", "why"), rows) if rows else "No file was excluded."
    return (
        f"{table}\n\n{superseded} files were superseded by another form of the same subject (see log.json)."
    )


def _use(files: Mapping[str, str]) -> str:
    chat = next((name for kind, name in files.items() if kind.startswith("chat")), files["plain"])
    return (
        "```\n"
        f"llama-imatrix -m model-f16.gguf -f {chat} -o imatrix.gguf --parse-special -c 512\n"
        "llama-quantize --imatrix imatrix.gguf model-f16.gguf model-Q4_K_M.gguf Q4_K_M\n"
        "```\n\n"
        "`--parse-special` reads the turns as turns. Q8_0 ignores an importance matrix."
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
