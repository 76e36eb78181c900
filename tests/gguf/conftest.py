"""One tiny model, converted once, for all tests of the GGUF stages."""

import pytest

from bedside.artifact import Artifact
from bedside.gguf import ConvertConfig, ImatrixConfig, convert, imatrix
from tiny_model import ModelFolder, make_calibration, make_model


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return make_model(tmp_path_factory.mktemp("models") / "secret-hospital-4b")


@pytest.fixture(scope="session")
def f16(model: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return convert(ConvertConfig(), model=model, out_dir=tmp_path_factory.mktemp("run") / "gguf")


@pytest.fixture(scope="session")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return make_calibration(tmp_path_factory.mktemp("data") / "calibration")


@pytest.fixture(scope="session")
def matrix(f16: Artifact, calibration: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    config = ImatrixConfig(context=128, chunks=6)
    return imatrix(config, gguf=f16, calibration=calibration, out_dir=tmp_path_factory.mktemp("run") / "im")
