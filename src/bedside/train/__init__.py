"""Stage 3: LoRA fine-tuning with a loss on the answers alone."""

from __future__ import annotations

from pathlib import Path

from bedside.artifact import Artifact, Input, Plan, write
from bedside.train.config import TrainConfig

__all__ = ["TrainConfig", "train"]

VERSION = 1


def train(config: TrainConfig, *, base: Input, dataset: Artifact, out_dir: Path) -> Artifact:
    """Fine-tune a LoRA adapter of `base` on the training split of `dataset`.

    Writes `adapter_model.safetensors`, `adapter_config.json` and `training_log.json` (one row for each
    logging step: `step`, `loss`, `learning_rate`, `grad_norm`, `mean_token_accuracy`). A killed run goes on
    from its last whole checkpoint and ends with the same bytes. Under torchrun every rank trains.

    Raises:
        DataError: the training split is empty, or an example is longer than `max_length` tokens.
        ArtifactError: `base` is not a complete model folder.
    """
    from bedside.train.loop import run_training

    inputs = {"base": base.digest, "dataset": dataset.digest}
    plan = Plan("adapter", "train", VERSION, config.model_dump(mode="json"), inputs)
    return write(
        out_dir,
        plan,
        lambda draft: run_training(config, base=base, dataset=dataset, draft=draft),
        resume=True,
        collective=True,
    )
