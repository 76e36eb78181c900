"""The shipped JSON Schemas are those of the models, and hold for what is written."""

import json
from importlib import resources

import jsonschema
import pytest

from bedside.artifact.manifest import Manifest
from bedside.calibration import CalibrationConfig, calibrate
from bedside.calibration.log import Log
from bedside.calibration.rows import Row
from calibration_folders import CONFIG, put_recordings

MODELS = {"records": Row, "log": Log, "manifest": Manifest}


def shipped(name):
    file = resources.files("bedside.calibration") / "schemas" / f"{name}.schema.json"
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_schema_is_the_models(name):
    assert shipped(name) == MODELS[name].model_json_schema(mode="serialization"), (
        "run scripts/write_schemas.py"
    )


@pytest.mark.parametrize("profile", ["clinical", "published"])
def test_what_is_written_fits_the_schemas(tmp_path, profile):
    folder = put_recordings(tmp_path / "in")
    config = CONFIG if profile == "clinical" else CalibrationConfig(profile=profile, workers=1)
    artifact = calibrate(config, sources=[folder], out_dir=tmp_path / "out")
    rows = artifact.file("records.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) >= 2
    for row in rows:
        jsonschema.validate(json.loads(row), shipped("records"))
    for name, file in (("log", "log.json"), ("manifest", "manifest.json")):
        value = json.loads((artifact.path / file).read_text(encoding="utf-8"))
        jsonschema.validate(value, shipped(name))
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**value, "unknown": 1}, shipped(name))
