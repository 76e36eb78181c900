"""`serve` and `ask` refuse numbers that mean nothing before a model is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.cli import main


@pytest.mark.parametrize(
    ("option", "value"),
    [("--max-tokens", "0"), ("--max-tokens", "-4"), ("--context", "-4"), ("--context", "255")],
)
def test_ask(tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "ask", str(tmp_path / "absent"), "Ill?", option, value)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--context", "10"),
        ("--parallel", "0"),
        ("--gpu-layers", "-1"),
        ("--threads", "0"),
        ("--port", "65536"),
    ],
)
def test_serve(tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "serve", str(tmp_path / "absent"), option, value)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert arguments[-2] in message
    assert "Must be" in message
