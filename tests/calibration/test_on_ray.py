"""A build on a real Ray cluster of this machine has the bytes of a local one."""

import pytest

from bedside.calibration import CalibrationConfig, calibrate
from calibration_folders import CONFIG, put_recordings

pytestmark = pytest.mark.ray


@pytest.mark.parametrize("profile", ["clinical", "published"])
def test_a_build_on_ray_has_the_same_bytes(tmp_path, profile):
    folder = put_recordings(tmp_path / "in")
    settings = CONFIG.model_dump() if profile == "clinical" else {"profile": profile, "workers": 1}
    local = calibrate(CalibrationConfig(**settings), sources=[folder], out_dir=tmp_path / "local")
    on_ray = {**settings, "executor": "ray", "workers": 2}
    ray = calibrate(CalibrationConfig(**on_ray), sources=[folder], out_dir=tmp_path / "ray")
    assert (ray.key, ray.digest) == (local.key, local.digest)
