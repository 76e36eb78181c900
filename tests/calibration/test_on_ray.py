"""A build on a real Ray cluster of this machine has the bytes of a local one.

It runs in a process of its own, because Ray keeps the token of a process's first cluster.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bedside.artifact import open_artifact
from bedside.calibration import CalibrationConfig, calibrate
from calibration_folders import put_recordings

pytestmark = pytest.mark.ray


def build_on_ray(source: Path, out: Path, profile: str) -> None:
    command = [sys.executable, "-m", "bedside", "calibration", "build", str(source), "--out", str(out)]
    with tempfile.TemporaryDirectory(dir="/tmp") as home:  # where Ray keeps a token
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        subprocess.run(
            [*command, "--profile", profile, "--executor", "ray", "--workers", "2"],
            env={**environment, "HOME": home},
            check=True,
            capture_output=True,
            timeout=180,
        )


@pytest.mark.parametrize("profile", ["clinical", "published"])
def test_a_build_on_ray_has_the_same_bytes(tmp_path: Path, profile: str) -> None:
    folder = put_recordings(tmp_path / "in")
    config = CalibrationConfig.model_validate({"profile": profile, "workers": 1})
    local = calibrate(config, sources=[folder], out_dir=tmp_path / "local")
    build_on_ray(folder, tmp_path / "ray", profile)
    on_ray = open_artifact(tmp_path / "ray", "calibration")
    assert (on_ray.key, on_ray.digest) == (local.key, local.digest)
