"""One tiny model, converted and quantized once, for all tests of verify that need the programs."""

from collections.abc import Mapping

import pytest

from bedside.artifact import Artifact
from bedside.gguf import ConvertConfig, QuantizeConfig, convert, quantize
from tiny_model import ModelFolder, make_dataset, make_model


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return make_model(tmp_path_factory.mktemp("models") / "model")


@pytest.fixture(scope="session")
def f16(model: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return convert(ConvertConfig(), model=model, out_dir=tmp_path_factory.mktemp("run") / "gguf")


@pytest.fixture(scope="session")
def quants(f16: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Artifact]:
    folder = tmp_path_factory.mktemp("quants")
    return {
        name: quantize(QuantizeConfig(), gguf=f16, imatrix=None, type=name, out_dir=folder / name)
        for name in ("Q8_0", "Q4_K_M")
    }


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return make_dataset(tmp_path_factory.mktemp("data") / "dataset")
