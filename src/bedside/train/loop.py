"""The training itself: TRL's SFTTrainer around a LoRA model, resumable to the bit."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bedside import hf
from bedside.artifact import Artifact, Draft, Input, write_json
from bedside.console import ProgressBar, is_main_process, progress
from bedside.errors import DataError
from bedside.examples import read_examples
from bedside.extras import require
from bedside.train.collate import AnswerOnlyCollator
from bedside.train.config import TrainConfig

__all__ = ["run_training", "whole_checkpoint"]

CHECKPOINTS = "checkpoints"
LOGGED = ("loss", "learning_rate", "grad_norm", "mean_token_accuracy")


def run_training(config: TrainConfig, *, base: Input, dataset: Artifact, draft: Draft) -> Mapping[str, Any]:
    """Train in `draft`, write adapter and log, and return the manifest's figures."""
    checkpoints = draft.path / CHECKPOINTS
    with progress("training", total=config.max_steps) as bar:
        trainer = _trainer(config, base=base, dataset=dataset, output_dir=checkpoints, bar=bar)
        trainer.train(resume_from_checkpoint=whole_checkpoint(checkpoints))
    rows = _log_rows(trainer.state.log_history)
    if is_main_process():
        _save_adapter(trainer, draft.path, base=base)
        write_json(draft.path / "training_log.json", rows)
        shutil.rmtree(checkpoints, ignore_errors=True)
    counted = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    return {
        "trainable_parameters": counted,
        "all_parameters": sum(p.numel() for p in trainer.model.parameters()),
        "train_examples": len(trainer.train_dataset),
        "steps": trainer.state.global_step,
        "final_loss": rows[-1]["loss"] if rows else None,
    }


def whole_checkpoint(folder: Path) -> str | None:
    """Return the newest checkpoint that was written to its end, removing torn ones.

    The trainer writes `trainer_state.json` last, so a checkpoint without it was cut off.
    """
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    while found:
        newest = found.pop()
        try:
            json.loads((newest / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            shutil.rmtree(newest, ignore_errors=True)
        else:
            return str(newest)
    return None


def _trainer(
    config: TrainConfig, *, base: Input, dataset: Artifact, output_dir: Path, bar: ProgressBar
) -> Any:
    """Return the SFTTrainer; its own annotations are looser than what it holds, hence `Any`."""
    datasets = require("datasets", extra="train", purpose="Fine-tuning")
    peft = require("peft", extra="train", purpose="Fine-tuning")
    trl = require("trl", extra="train", purpose="Fine-tuning")
    transformers = require("transformers", extra="train", purpose="Fine-tuning")
    examples = [e for e in read_examples(dataset.file("train.jsonl")) if e.answer or e.text]
    rows = [{"example": example.model_dump_json()} for example in examples]
    if not rows:
        raise DataError(
            "no example in the training split has an answer to learn",
            file=dataset.path / "train.jsonl",
            fix="add sources to the data set, or lower its test and validation fractions",
        )
    transformers.set_seed(config.seed)
    loaded = hf.load(base.path, dtype=config.dtype)
    targets = config.target_modules
    trainer = trl.SFTTrainer(
        model=loaded.model,
        args=_arguments(config, output_dir),
        train_dataset=datasets.Dataset.from_list(rows),
        data_collator=AnswerOnlyCollator(loaded, dataset.path, config.max_length),
        processing_class=loaded.processor,
        peft_config=peft.LoraConfig(
            r=config.lora_r,
            lora_alpha=config.lora_alpha,
            lora_dropout=config.lora_dropout,
            target_modules=targets if isinstance(targets, str) else list(targets),
            task_type="CAUSAL_LM",
        ),
        callbacks=[_progress_callback(bar)],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def _arguments(config: TrainConfig, output_dir: Path) -> Any:
    torch = require("torch", extra="train", purpose="Fine-tuning")
    trl = require("trl", extra="train", purpose="Fine-tuning")
    return trl.SFTConfig(
        output_dir=str(output_dir),
        max_steps=config.max_steps,
        per_device_train_batch_size=config.per_device_batch_size,
        gradient_accumulation_steps=config.gradient_accumulation_steps,
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.lr_scheduler_type,
        warmup_steps=config.warmup_steps,
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        optim=config.optim,
        bf16=config.dtype == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=config.gradient_checkpointing,
        max_length=None,
        logging_steps=config.logging_steps,
        logging_nan_inf_filter=False,  # the default writes the last finite loss instead of NaN
        save_steps=config.save_steps,
        save_total_limit=2,
        seed=config.seed,
        data_seed=config.seed,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        dataloader_pin_memory=False,
    )


def _progress_callback(bar: ProgressBar) -> Any:
    transformers = require("transformers", extra="train", purpose="Fine-tuning")

    class StepProgress(transformers.TrainerCallback):
        """Move the bar at each optimizer step."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            bar.advance(state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            bar.advance()

    return StepProgress()


def _log_rows(history: list[dict[str, Any]]) -> list[dict[str, float]]:
    return [
        {"step": row["step"], **{name: float(row[name]) for name in LOGGED if name in row}}
        for row in history
        if "loss" in row
    ]


def _save_adapter(trainer: Any, folder: Path, *, base: Input) -> None:
    """Save the adapter without what differs from run to run: local paths and the order of a set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.accelerator.unwrap_model(trainer.model).save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    file = folder / "adapter_config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = getattr(base, "name", base.path.name)
    if isinstance(config.get("target_modules"), list):
        config["target_modules"] = sorted(config["target_modules"])
    write_json(file, config)
