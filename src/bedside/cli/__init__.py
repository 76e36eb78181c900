"""The command line: parses arguments, calls a stage, prints its result.

Commands are given as import strings, so that `bedside --help` imports none of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Group, Parameter

from bedside import __version__
from bedside.errors import BedsideError

__all__ = ["COMMANDS", "build_app", "main"]

STAGES = Group("Stages, in order", sort_key=1)
RUNS = Group("Whole runs", sort_key=2)
USING = Group("Using a model", sort_key=3)
KEEPING = Group("Looking after things", sort_key=4)

COMMANDS: dict[str, tuple[str, Group, str]] = {
    "dataset": ("dataset:app", STAGES, "Make examples from the sources of a recipe, split by subject."),
    "dataset ecg": ("dataset:ecg", STAGES, "Make examples from a folder of ECGs with its labels."),
    "dataset vitals": ("dataset:vitals", STAGES, "Make examples from recordings of vital signs."),
    "dataset import": ("dataset:import_", STAGES, "Read questions and answers, or text, of other projects."),
    "dataset mix": ("dataset:mix", STAGES, "Join datasets by weight, without duplicates."),
    "dataset inspect": (
        "dataset_contents:inspect",
        STAGES,
        "Count what a dataset holds, and show it as a page.",
    ),
    "dataset check": (
        "dataset_contents:check",
        STAGES,
        "Look for leaks, duplicates and refusals in a dataset.",
    ),
    "calibration build": (
        "calibration:build",
        STAGES,
        "Write calibration text from recordings, a dataset.",
    ),
    "calibration diff": ("calibration:diff", STAGES, "Compare two builds record by record, field by field."),
    "calibration format": ("calibration:reformat", STAGES, "Turn a plain corpus into conversations."),
    "calibration audit": ("calibration:audit", STAGES, "Say what a calibration file does to a model."),
    "train": ("stages:train", STAGES, "Fine-tune a LoRA adapter."),
    "merge": ("stages:merge", STAGES, "Merge an adapter into its base model, and check the logits."),
    "convert": ("stages:convert", STAGES, "Convert a model folder to GGUF, vision projector included."),
    "imatrix": ("stages:imatrix", STAGES, "Measure which weights matter on calibration text."),
    "quantize": ("stages:quantize", STAGES, "Quantize a GGUF."),
    "verify": ("stages:verify", STAGES, "Compare every hop: parity, perplexity, KL divergence, size, speed."),
    "evaluate": ("stages:evaluate", STAGES, "Ask the served files about held-out examples, and score them."),
    "report": ("stages:report", STAGES, "Write the page, the results and the model card of a run."),
    "run": ("runs:run", RUNS, "Run every stage of a recipe."),
    "demo": ("runs:demo", RUNS, "Run the whole path on the embedded default."),
    "recipes copy": ("runs:copy_recipe", RUNS, "Copy a shipped recipe here."),
    "ecg show": ("ecg:show", USING, "Show what an ECG holds, and what is not as it should be."),
    "ecg render": ("ecg:render", USING, "Draw ECGs."),
    "ecg synth": ("ecg:synth", USING, "Make synthetic 12-lead ECGs with their truth."),
    "serve": ("using:serve", USING, "Serve a run or a GGUF on this machine."),
    "ask": ("using:ask", USING, "Ask a run or a GGUF one question."),
    "show": ("keeping:show", KEEPING, "Show an artifact or a run; --verify reads every byte."),
    "doctor": ("keeping:doctor", KEEPING, "Tell what this machine has, and how to get what it lacks."),
    "prune": ("keeping:prune", KEEPING, "Free what can be made again."),
    "pull": ("keeping:pull", KEEPING, "Fetch a model or data set from the Hub, pinned to its commit."),
    "toolchain install": ("keeping:install_toolchain", KEEPING, "Build the llama.cpp tools once."),
}
GROUPS = {
    "ecg": (USING, "12-lead ECGs: read, draw, make."),
    "calibration": (STAGES, "Calibration text for the importance matrix."),
    "recipes": (RUNS, "The recipes that come with bedside."),
    "toolchain": (KEEPING, "The llama.cpp tools."),
}


def build_app() -> App:
    """Return the application with every command registered by name."""
    app = App(
        name="bedside",
        help="From patient recordings to a small, offline, measured Gemma-family medical model.",
        version=__version__,
        help_format="plaintext",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    parents = {
        name: App(name=name, group=group, help=help_text) for name, (group, help_text) in GROUPS.items()
    }
    for position, (name, (function, group, help_text)) in enumerate(COMMANDS.items()):
        parent, _, word = name.rpartition(" ")
        target = f"bedside.cli.{function}"
        if parent in COMMANDS:  # the application that the parent's own entry names takes it from here
            continue
        if not parent:
            app.command(target, name=word, help=help_text, group=group, sort_key=position)
            continue
        parents[parent].command(target, name=word, help=help_text)
        parents[parent].sort_key = position
    for parent in parents.values():
        app.command(parent)
    parents["recipes"].default(_list_recipes)
    return app


def _list_recipes(*, as_json: Annotated[bool, Parameter(name="--json", negative="")] = False) -> None:
    """List the recipes that come with bedside; `bedside recipes copy NAME` writes one here.

    Args:
        as_json: print JSON for machines.
    """
    from bedside.cli.runs import list_recipes

    list_recipes(as_json=as_json)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exit with 0 done, 1 expected error, 2 usage, 3 a threshold was not met."""
    try:
        build_app()(None if arguments is None else list(arguments))
    except BedsideError as error:
        _stop(f"error: {error}", error.exit_code)
    except OSError as error:  # a folder that may not be read or written, a disk that is full
        place = error.filename or "while reading or writing"
        _stop(f"error: {error.strerror}: {place}\n  → check the path, its rights and the space left", 1)
    except KeyboardInterrupt:
        _stop("Stopped. Run the same command again to go on.", 130)


def _stop(message: str, status: int) -> None:
    print(message, file=sys.stderr)  # noqa: T201 - the one place that prints errors
    sys.exit(status)
