from __future__ import annotations

import importlib.metadata
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bedside import doctor
from bedside.doctor import Finding, examine, missing_packages
from bedside.llamacpp.binaries import TOOLS

REQUIREMENTS = [
    "numpy>=2",
    "pillow>=11; extra == 'ecg'",
    'bedside[ecg]; extra == "train"',
    'torch>=2.11; extra == "train"',
    'Some_Package[cpu]<2,>=1 ; python_version >= "3.11" and extra == "train"',
    'bedside[ecg,train]; extra == "all"',
]


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on its PATH; returns the one folder on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BEDSIDE_LLAMACPP", raising=False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    return folder


def program(path: Path, text: str = "exit 0") -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def findings() -> dict[str, Finding]:
    found = examine()
    by_name = {finding.name: finding for finding in found}
    assert len(by_name) == len(found), "two findings share a name"
    return by_name


def test_an_empty_machine_says_what_to_type() -> None:
    found = findings()
    for tool in (*TOOLS, "GGUF converter"):
        assert (found[tool].status, found[tool].advice) == ("missing", "bedside toolchain install")
    assert all(finding.advice for finding in found.values() if finding.status != "ok")


def test_tools_on_path_are_found(bare: Path) -> None:
    for tool in (*TOOLS, "llama-server"):
        program(bare / tool)
    found = findings()
    for tool in (*TOOLS, "llama-server"):
        assert found[tool] == Finding(tool, "ok", str(bare / tool))


def test_one_missing_tool_is_named_and_a_file_that_cannot_run_is_none(bare: Path) -> None:
    for tool in TOOLS:
        program(bare / tool)
    (bare / TOOLS[1]).chmod(0o644)
    assert [tool for tool in TOOLS if findings()[tool].status == "missing"] == [TOOLS[1]]


def test_tools_in_a_named_folder_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for tool in TOOLS:
        program(mine / tool)
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(mine))
    assert findings()[TOOLS[0]].value == str(mine / TOOLS[0])


def test_a_compiler_is_missing_only_where_the_tools_are_too(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_installed", frozenset)
    assert findings()["C++ compiler"].status == "missing"
    for tool in TOOLS:
        program(bare / tool)
    assert findings()["C++ compiler"] == Finding("C++ compiler", "ok", "not found")
    program(bare / "clang++")
    assert findings()["C++ compiler"].value == str(bare / "clang++")


def test_ziglang_counts_as_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_installed", lambda: frozenset({"ziglang"}))
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.17.0")
    assert findings()["C++ compiler"].value == "ziglang 0.17.0"


@pytest.mark.skipif(sys.platform == "darwin", reason="Apple GPUs are told without nvidia-smi")
def test_graphics_cards_are_listed(bare: Path) -> None:
    assert findings()["GPU"].value == "none found; everything runs on the CPU"
    program(bare / "nvidia-smi", "echo 'Card A, 24564 MiB, 550.54'; echo 'Card B, 8192 MiB, 550.54'")
    assert findings()["GPU"].value == "Card A, 24564 MiB, 550.54; Card B, 8192 MiB, 550.54"
    program(bare / "nvidia-smi", "echo broken >&2; exit 9")
    assert findings()["GPU"].status == "warn"


def test_extras_follow_the_metadata() -> None:
    assert missing_packages(REQUIREMENTS, "ecg", frozenset()) == ("pillow",)
    assert missing_packages(REQUIREMENTS, "train", frozenset({"pillow"})) == ("torch", "Some_Package")
    assert missing_packages(REQUIREMENTS, "all", frozenset({"torch", "some-package"})) == ("pillow",)
    assert missing_packages(REQUIREMENTS, "ecg", frozenset({"pillow"})) == ()


def test_an_absent_extra_names_its_packages_and_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everything = doctor._installed()
    monkeypatch.setattr(doctor, "_installed", lambda: everything - {"matplotlib"})
    assert findings()["bedside[report]"] == Finding(
        "bedside[report]", "missing", "lacks matplotlib", 'pip install "bedside[report]"'
    )


def test_every_extra_a_user_may_want_is_looked_at() -> None:
    named = {name for name in findings() if name.startswith("bedside[")}
    assert {"bedside[ecg]", "bedside[train]", "bedside[gguf]", "bedside[serve]", "bedside[report]"} <= named
    assert "bedside[dev]" not in named


def test_a_container_limits_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text(f"{1 << 30}\n")
    monkeypatch.setattr(doctor, "CGROUP", tmp_path)
    assert findings()["memory"].value == "1.0 GiB"
    assert findings()["memory"].status == "warn"
    (tmp_path / "memory.max").write_text("max\n")
    assert findings()["memory"].value != "1.0 GiB"


def test_little_disk_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1 << 30})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert findings()["disk of this folder"].status == "warn"
    assert findings()["disk of the cache"].value == "1.0 GiB free"


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    cache = findings()["cache"]
    assert cache.status == "missing"
    assert "BEDSIDE_CACHE" in cache.advice
    assert not (tmp_path / "cache").exists(), "looking must not make the folder"


def test_the_token_itself_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings()["HF_TOKEN"].value.startswith("not set")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert findings()["HF_TOKEN"].value == "set"
    assert "hf_secret" not in repr(examine())


def test_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert findings()


def test_no_heavy_package_is_imported() -> None:
    heavy = "torch transformers peft trl datasets numpy polars matplotlib PIL xllamacpp starlette"
    code = (
        "import json, sys; from bedside.doctor import examine; examine(); "
        f"print(json.dumps([m for m in {heavy.split()} if m in sys.modules]))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(output) == []
