"""Write the JSON Schemas that ship with the package from the models they describe."""

from __future__ import annotations

import json
from pathlib import Path

from bedside.artifact.manifest import Manifest
from bedside.calibration.log import Log
from bedside.calibration.rows import Row

FOLDER = Path(__file__).resolve().parent.parent / "src" / "bedside" / "calibration" / "schemas"
MODELS = {"records": Row, "log": Log, "manifest": Manifest}

for name, model in MODELS.items():
    text = json.dumps(model.model_json_schema(mode="serialization"), indent=1, sort_keys=True) + "\n"
    (FOLDER / f"{name}.schema.json").write_text(text, encoding="utf-8")
