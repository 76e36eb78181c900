"""Programs are ended with their children, explained when they fail, and run again when they lose lines."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bedside.errors import ToolError
from bedside.llamacpp import outputs, process
from bedside.llamacpp.process import failure, guarded, run, run_parsed, run_tool


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(tmp_path))
    return tmp_path


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def ends(pid: int) -> bool:
    for _ in range(200):
        if not is_running(pid):
            return True
        time.sleep(0.05)
    return False


def read_pid(path: Path) -> int:
    for _ in range(200):
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("the program did not start")


def test_both_streams_and_the_log_are_kept(tools: Path) -> None:
    tool(tools, "llama-bench", "echo out $1; echo err >&2")
    output = run_tool("llama-bench", ["x"], log=tools / "log.txt")
    assert (output.stdout, output.stderr) == ("out x\n", "err\n")
    assert (tools / "log.txt").read_text() == "out x\nerr\n"


def test_children_wait_passively(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    tool(tools, "llama-bench", "echo $OMP_WAIT_POLICY")
    assert run_tool("llama-bench", []).stdout == "PASSIVE\n"


def test_a_failure_gives_command_status_and_last_lines(tools: Path) -> None:
    tool(tools, "llama-quantize", "echo all is lost >&2; exit 3")
    with pytest.raises(ToolError) as caught:
        run_tool("llama-quantize", ["a.gguf"], log=tools / "log.txt")
    assert caught.value.status == 3
    assert "all is lost" in caught.value.tail
    assert "llama-quantize a.gguf" in str(caught.value)
    assert "all is lost" in (tools / "log.txt").read_text()


@pytest.mark.parametrize("words", ["write: No space left on device", "basic_ios::clear: iostream error"])
def test_a_full_disk_is_named(tools: Path, words: str) -> None:
    tool(tools, "llama-quantize", f"echo '{words}' >&2; exit 1")
    with pytest.raises(ToolError, match=r"could not write its file: the disk at .* MiB left") as caught:
        run_tool("llama-quantize", [], cwd=tools)
    assert "make room" in caught.value.fix


def test_a_full_disk_is_named_although_the_status_is_0(tools: Path) -> None:
    line = "0.00.221.379 E gguf_write_to_file_ptr: failed to write GGUF data"
    tool(tools, "llama-imatrix", f"echo '{line}' >&2")
    with pytest.raises(ToolError, match="could not write its file"):
        run_parsed("llama-imatrix", [], outputs.parse_imatrix, cwd=tools)


@pytest.mark.parametrize(("name", "words"), [("KILL", "was killed"), ("ILL", "lacks"), ("SEGV", "signal 11")])
def test_a_signal_is_explained(tools: Path, name: str, words: str) -> None:
    tool(tools, "llama-quantize", f"kill -{name} $$")
    with pytest.raises(ToolError, match=words) as caught:
        run_tool("llama-quantize", [])
    assert caught.value.status == -getattr(signal, f"SIG{name}")
    assert caught.value.fix


def test_every_failure_says_what_to_do_next(tmp_path: Path) -> None:
    for status in (1, 127, 137, 139):
        assert failure(["llama-bench"], status, "no", cwd=tmp_path).fix


def test_only_our_own_toolchain_is_to_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path))
    built = tmp_path / "llama.cpp-0.3.36-cpu"
    assert f"delete {built}," in failure([str(built / "bin/llama-quantize")], 132, "", cwd=tmp_path).fix
    for foreign in ("/usr/bin/llama-quantize", "/opt/llama.cpp-1/bin/llama-quantize", "/usr/bin/python3"):
        fix = failure([foreign], 132, "", cwd=tmp_path).fix
        assert "delete" not in fix
        assert "this machine" in fix or "this processor" in fix


def test_a_program_that_cannot_start_is_an_error() -> None:
    with pytest.raises(ToolError, match="No such file"):
        run(["/nowhere/program"])


LOSES_ITS_LAST_LINE = """
echo x >> calls
[ $(wc -l < calls) -ge {good} ] && echo 'Final estimate: PPL = 2.5 +/- 0.1'
exit 0
"""


def test_lost_lines_are_asked_for_again(tools: Path) -> None:
    tool(tools, "llama-perplexity", LOSES_ITS_LAST_LINE.format(good=3))
    found = run_parsed("llama-perplexity", [], outputs.parse_perplexity, cwd=tools)
    assert found.value == 2.5
    assert len((tools / "calls").read_text().split()) == 3


def test_lines_lost_each_time_are_an_error_in_the_end(tools: Path) -> None:
    tool(tools, "llama-perplexity", LOSES_ITS_LAST_LINE.format(good=99))
    with pytest.raises(ToolError, match="Final estimate"):
        run_parsed("llama-perplexity", [], outputs.parse_perplexity, cwd=tools)
    assert len((tools / "calls").read_text().split()) == 3


def test_an_error_line_counts_although_the_status_is_0(tools: Path) -> None:
    line = "0.00.008.437 E perplexity: you need at least 8192 tokens"
    tool(tools, "llama-perplexity", f"echo x >> calls; echo '{line}' >&2; exit 0")
    with pytest.raises(ToolError, match="you need at least 8192 tokens"):
        run_parsed("llama-perplexity", [], outputs.parse_perplexity, cwd=tools)
    assert len((tools / "calls").read_text().split()) == 1


def test_an_exception_ends_the_program_and_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    child = 0

    def interrupted() -> None:
        nonlocal child
        with guarded(["sh", "-c", f"sleep 60 & echo $! > {pid}; wait"], merged=True):
            child = read_pid(pid)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ends(child)


DEAF = "trap '' TERM; echo $$ > {pid}; while :; do sleep 0.05; done"


def test_a_program_that_ignores_being_asked_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    pid = tmp_path / "pid"
    with guarded(["sh", "-c", DEAF.format(pid=pid)]):
        child = read_pid(pid)
        assert is_running(child)
    assert ends(child)


def test_a_program_may_tidy_up_before_it_ends(tmp_path: Path) -> None:
    pid, tidy = tmp_path / "pid", tmp_path / "tidy"
    script = f"trap 'sleep 0.3; touch {tidy}; exit 0' TERM; echo $$ > {pid}; while :; do sleep 0.05; done"
    with guarded(["sh", "-c", script]):
        child = read_pid(pid)
    assert not is_running(child)
    assert tidy.exists()


def test_a_program_whose_guard_was_killed_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    pid = tmp_path / "pid"
    with guarded(["sh", "-c", DEAF.format(pid=pid)]) as guard:
        child = read_pid(pid)
        guard.kill()
        guard.wait()
    assert ends(child)


def test_a_killed_parent_leaves_no_program_behind(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"from bedside.llamacpp.process import run; run(['sh', '-c', 'sleep 60 & echo $! > {pid}; wait'])"
    parent = subprocess.Popen([sys.executable, "-c", code])
    child = read_pid(pid)
    assert is_running(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert ends(child)
