"""A dataset that is built on a real Ray cluster of this machine has the bytes of a local one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.artifact import open_artifact
from bedside.dataset import DatasetConfig, build_dataset
from bedside.ecg.synth import write_synthetic
from on_ray import run_on_ray

pytestmark = pytest.mark.ray


def test_a_build_on_ray_has_the_same_bytes(tmp_path: Path) -> None:
    write_synthetic(tmp_path / "records", count=12, seed=1)
    source = {"kind": "ecg", "path": str(tmp_path / "records"), "distorted": 0.5}
    config = DatasetConfig.model_validate({"sources": [source], "workers": 1})
    local = build_dataset(config, out_dir=tmp_path / "local")
    given = (str(tmp_path / "records"), "--distorted", "0.5", "--out", str(tmp_path / "ray"))
    run_on_ray("dataset", "ecg", *given)
    on_ray = open_artifact(tmp_path / "ray", "dataset")
    assert (on_ray.key, on_ray.digest) == (local.key, local.digest)
