"""A build on a real Ray cluster of this machine has the bytes of a local one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.artifact import open_artifact
from bedside.calibration import CalibrationConfig, calibrate
from calibration_folders import put_recordings
from on_ray import run_on_ray

pytestmark = pytest.mark.ray


@pytest.mark.parametrize("profile", ["clinical", "published"])
def test_a_build_on_ray_has_the_same_bytes(tmp_path: Path, profile: str) -> None:
    folder = put_recordings(tmp_path / "in")
    config = CalibrationConfig.model_validate({"profile": profile, "workers": 1})
    local = calibrate(config, sources=[folder], out_dir=tmp_path / "local")
    given = (str(folder), "--out", str(tmp_path / "ray"), "--profile", profile)
    run_on_ray("calibration", "build", *given)
    on_ray = open_artifact(tmp_path / "ray", "calibration")
    assert (on_ray.key, on_ray.digest) == (local.key, local.digest)
