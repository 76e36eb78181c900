"""Fine-tuning itself, on a model with random weights: it learns, it merges, and it runs on two processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bedside.artifact import Artifact, open_artifact
from bedside.base_model import resolve
from bedside.dataset import DatasetConfig, build_dataset
from bedside.errors import ArtifactError, DataError, ThresholdError
from bedside.hf import load
from bedside.merge import MergeConfig, merge
from bedside.train import TrainConfig, train
from bedside.train.loop import whole_checkpoint

CONFIG = {"max_steps": 6, "save_steps": 2, "logging_steps": 2, "learning_rate": 2e-3, "lora_r": 4}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    sources = [{"kind": "synthetic_ecg", "subjects": 30}, {"kind": "synthetic_vitals", "subjects": 10}]
    config = DatasetConfig.model_validate({"sources": sources, "workers": 1})
    return build_dataset(config, out_dir=tmp_path_factory.mktemp("data") / "dataset")


def losses(adapter: Artifact) -> list[float]:
    return [row["loss"] for row in json.loads(adapter.file("training_log.json").read_text())]


@pytest.mark.train
def test_it_learns_and_the_merged_model_says_the_same(
    tiny_model: Path, dataset: Artifact, tmp_path: Path
) -> None:
    base = resolve(str(tiny_model))
    adapter = train(TrainConfig(**CONFIG), base=base, dataset=dataset, out_dir=tmp_path / "adapter")
    assert losses(adapter)[-1] < losses(adapter)[0]
    assert str(tiny_model.parent) not in adapter.file("adapter_config.json").read_text()
    model = merge(MergeConfig(), base=base, adapter=adapter, out_dir=tmp_path / "model")
    assert model.manifest.figures["max_logit_difference"] < 1e-3
    assert model.manifest.figures["base_licence"] == ""
    names = {entry.path for entry in model.manifest.files}
    assert {"tokenizer.model", "model.safetensors", "processor_config.json"} <= names
    assert load(model.path).image_size == 128


@pytest.mark.train
def test_vision_and_text_layers_both_change(tiny_model: Path, dataset: Artifact, tmp_path: Path) -> None:
    """Peers have shipped vision LoRA that silently trained nothing."""
    from safetensors import safe_open

    base = resolve(str(tiny_model))
    adapter = train(TrainConfig(**CONFIG), base=base, dataset=dataset, out_dir=tmp_path / "adapter")
    with safe_open(adapter.file("adapter_model.safetensors"), "pt") as weights:
        changed = {name for name in weights.keys() if "lora_B" in name and weights.get_tensor(name).any()}  # noqa: SIM118
        every = {name for name in weights.keys() if "lora_B" in name}  # noqa: SIM118
    assert changed == every
    assert any("vision_tower" in name for name in changed)
    assert any("language_model" in name for name in changed)


@pytest.mark.train
def test_two_processes_learn_what_one_does(tiny_model: Path, dataset: Artifact, tmp_path: Path) -> None:
    # Three steps of eight stay inside one pass over the 28 examples; at its end two processes fill up anew.
    config = {**CONFIG, "max_steps": 3, "save_steps": 1, "logging_steps": 1}
    one = train(
        TrainConfig(**config, per_device_batch_size=8),
        base=resolve(str(tiny_model)),
        dataset=dataset,
        out_dir=tmp_path / "one",
    )
    settings = [f"--set={name}={value}" for name, value in {**config, "per_device_batch_size": 4}.items()]
    launch = ["torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "bedside", "train"]
    command = [str(dataset.path), f"--base={tiny_model}", f"--out={tmp_path / 'two'}", *settings]
    subprocess.run(
        [sys.executable, "-m", *launch, *command],
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
        timeout=300,
    )
    two = open_artifact(tmp_path / "two", "adapter")
    assert losses(two) == pytest.approx(losses(one), rel=1e-3)


def test_a_merge_that_changes_the_model_is_refused(
    tiny_model: Path, dataset: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = resolve(str(tiny_model))
    config = TrainConfig(**{**CONFIG, "max_steps": 2})
    adapter = train(config, base=base, dataset=dataset, out_dir=tmp_path / "adapter")
    monkeypatch.setattr("peft.tuners.lora.LoraModel.merge_and_unload", lambda self: self.unload())
    with pytest.raises(ThresholdError, match="Merging changed the model"):
        merge(MergeConfig(), base=base, adapter=adapter, out_dir=tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_model_folder_without_a_tokenizer_is_named(
    tiny_model: Path, dataset: Artifact, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "model.safetensors"):
        (bare / name).write_bytes((tiny_model / name).read_bytes())
    with pytest.raises(ArtifactError, match="has no tokenizer"):
        train(TrainConfig(), base=resolve(str(bare)), dataset=dataset, out_dir=tmp_path / "adapter")


def test_nothing_to_learn_is_an_error(tiny_model: Path, dataset: Artifact, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    rows = [
        {"id": str(n), "subject_id": str(n), "messages": [{"role": "user", "content": f"Q{n}?"}]}
        for n in range(5)
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    config = DatasetConfig.model_validate({"sources": [{"kind": "examples", "path": str(file)}]})
    silent = build_dataset(config, out_dir=tmp_path / "dataset")
    with pytest.raises(DataError, match="no example in the training split has an answer"):
        train(TrainConfig(), base=resolve(str(tiny_model)), dataset=silent, out_dir=tmp_path / "adapter")


def test_a_torn_checkpoint_is_passed_over(tmp_path: Path) -> None:
    for step, state in ((5, "{}"), (10, "{}"), (15, '{"half": ')):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "trainer_state.json").write_text(state)
    (tmp_path / "checkpoint-20").mkdir()
    assert whole_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
    assert whole_checkpoint(tmp_path / "none") is None
