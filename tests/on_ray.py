"""Run a `bedside` command on a Ray cluster of its own.

In a process of its own, because Ray keeps the token of a process's first cluster.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

__all__ = ["run_on_ray"]


def run_on_ray(*arguments: str) -> None:
    """Run `bedside` with these arguments and two workers on Ray."""
    with tempfile.TemporaryDirectory(dir="/tmp") as home:  # where Ray keeps a token
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        subprocess.run(
            [sys.executable, "-m", "bedside", *arguments, "--executor", "ray", "--workers", "2"],
            env={**environment, "HOME": home},
            check=True,
            capture_output=True,
            timeout=180,
        )
