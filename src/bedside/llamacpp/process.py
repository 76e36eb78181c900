"""Start a program, capture what it prints, and leave nothing running or unexplained behind.

Knows processes and exit states; what the output means is in `outputs`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from bedside.artifact import cache_dir
from bedside.errors import ToolError
from bedside.llamacpp import guard
from bedside.llamacpp.binaries import INSTALL, find_tool
from bedside.llamacpp.outputs import ToolOutput, error_line, tail

__all__ = ["ToolOutput", "child_environment", "guarded", "run", "run_parsed", "run_tool"]

T = TypeVar("T")

ATTEMPTS = 3
"""How often a program is run whose output lacks its summary: some builds lose their last lines."""
GRACE_S = 5.0
"""Seconds a program has between being asked to end and being killed."""
_DISK_FULL = (
    "No space left on device",
    "iostream error",
    "short write",
    "failed to write",
    "Disk quota exceeded",
)
_NEARLY_FULL_BYTES = 1 << 20


def run_tool(
    name: str, args: Sequence[str | Path], *, cwd: Path | None = None, log: Path | None = None
) -> ToolOutput:
    """Run one of llama.cpp's programs to its end and return what it printed.

    Args:
        name: for example `llama-quantize`.
        args: its arguments; paths are relative to `cwd`.
        cwd: the folder to run in, also the one whose disk space is looked at after a failure.
        log: file that receives everything printed, whether the program succeeds or not.

    Raises:
        ToolError: the program is absent, ends with a status other than 0, or the disk is full.
    """
    return run([str(find_tool(name)), *map(str, args)], cwd=cwd, log=log)


def run_parsed(
    name: str,
    args: Sequence[str | Path],
    parse: Callable[[ToolOutput], T],
    *,
    cwd: Path | None = None,
    log: Path | None = None,
) -> T:
    """Run one of llama.cpp's programs and read its output with `parse`, one of the `outputs` functions.

    A line that reports an error is a `ToolError` although the program exits with 0. Where the summary is
    missing without any error line the program is run again, at most `ATTEMPTS` times.

    Raises:
        ToolError: as `run_tool`, or an error line, or no summary.
    """
    for attempt in range(1, ATTEMPTS + 1):
        output = run_tool(name, args, cwd=cwd, log=log)
        error = error_line(output)
        if error is not None:
            raise failure([name, *map(str, args)], 0, output.text, cwd=cwd, said=error)
        try:
            return parse(output)
        except ToolError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    log: Path | None = None,
    env: dict[str, str] | None = None,
) -> ToolOutput:
    """Run a command line to its end and return what it printed.

    Raises:
        ToolError: it cannot be started, ends with a status other than 0, or the disk is full.
    """
    started = time.monotonic()
    out, err = "", ""
    try:
        with guarded(argv, cwd=cwd, env=env) as process:
            out, err = (part.decode("utf-8", errors="replace") for part in process.communicate())
            status = process.returncode
    finally:
        if log is not None:
            log.write_text(out + err, encoding="utf-8")
    if status != 0:
        raise failure(argv, status, out + "\n" + err, cwd=cwd)
    return ToolOutput(stdout=out, stderr=err, seconds=time.monotonic() - started)


def failure(
    argv: Sequence[str], status: int, text: str, *, cwd: Path | None = None, said: str = ""
) -> ToolError:
    """Explain why a program failed: a full disk, a signal, or what it `said`."""
    name = Path(argv[0]).name
    if status > 128:  # the guard reports an end by a signal as 128 + its number
        status = 128 - status
    free = shutil.disk_usage(cwd or Path.cwd()).free
    if any(sign in text for sign in _DISK_FULL) or free < _NEARLY_FULL_BYTES:
        place = cwd or Path.cwd()
        what = f"{name} could not write its file: the disk at {place} has {free / 2**20:.1f} MiB left"
        fix = (
            "make room there (`bedside prune RUN` frees what can be made again), then the same command again"
        )
    elif status == -signal.SIGKILL:
        what, fix = (
            f"{name} was killed",
            "the usual cause is too little memory: close other programs, or use a smaller model",
        )
    elif status == -signal.SIGILL:
        what = f"{name} uses instructions that this processor lacks"
        fix = _other_processor(Path(argv[0]))
    elif status < 0:
        what = f"{name} crashed with signal {-status}"
        fix = f"the same command again; if it crashes each time, try another build of it (`{INSTALL}`)"
    else:
        what = f"{name}: {said}" if said else f"{name} failed"
        fix = "put right what its last lines name, then the same command again"
    return ToolError(what, argv=argv, status=status, tail=tail(text), fix=fix)


def _other_processor(program: Path) -> str:
    """Say what to do about a program that was built for another processor; only our own may be deleted."""
    toolchain = next((folder for folder in program.resolve().parents if _is_toolchain(folder)), None)
    if toolchain is not None:
        return f"it was built on another machine: delete {toolchain}, then build it here with `{INSTALL}`"
    if not program.name.startswith("llama-"):
        return f"install a build of {program.name} and of what it loads that is meant for this processor"
    return (
        f"it was built for another processor: `{INSTALL}` builds one for this machine, which is used unless "
        "BEDSIDE_LLAMACPP names another"
    )


def _is_toolchain(folder: Path) -> bool:
    return folder.parent == cache_dir().resolve() and folder.name.startswith("llama.cpp-")


@contextmanager
def guarded(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    log: Path | None = None,
    merged: bool = False,
) -> Generator[subprocess.Popen[bytes]]:
    """Start a program that cannot outlive the block, nor this process if it is killed.

    Args:
        argv: the command line.
        cwd: the folder to run in.
        env: variables to set besides the present ones.
        log: file that receives both output streams; without it they are pipes of the yielded process.
        merged: make both streams one pipe, the process's `stdout`.
    """
    reader, writer = os.pipe()  # closed by the system when this process ends: the guard then ends the program
    sink = log.open("wb") if log is not None else None
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, *argv],
            stdin=reader,
            stdout=sink if sink is not None else subprocess.PIPE,
            stderr=subprocess.STDOUT if sink is not None or merged else subprocess.PIPE,
            cwd=cwd,
            env=child_environment(env),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)
    finally:
        os.close(reader)
        os.close(writer)
        if sink is not None:
            sink.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def child_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment for programs that compute with OpenMP.

    With the default wait policy OpenMP's idle threads spin, and on cores that other processes use too a
    program becomes tens of times slower; passive waiting costs a few per cent on an idle machine.
    """
    return {"OMP_WAIT_POLICY": "PASSIVE"} | os.environ | (extra or {})


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the guard and the program, whatever the program makes of SIGTERM.

    The guard outlives its program, so its end says that the program ended. A guard that was killed
    (negative status: it never reports a signal so) says nothing; whoever is left of its group is killed.
    """
    if process.poll() is None or process.returncode < 0:
        _signal_group(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=GRACE_S)
        _signal_group(process, signal.SIGKILL)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
