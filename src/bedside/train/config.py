"""The configuration of a fine-tune, in the field's own names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["TrainConfig"]


class TrainConfig(BaseModel):
    """How the adapter is trained (LoRA: Hu et al. 2021, arXiv 2106.09685).

    The weight update is `lora_alpha / lora_r · B A`, with `A` of shape (lora_r, in) and `B` of shape
    (out, lora_r).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lora_r: int = Field(default=16, gt=0, description="rank of the update")
    lora_alpha: int = Field(default=32, gt=0, description="scale of the update")
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: str | tuple[str, ...] = Field(
        default="all-linear", description="`all-linear`, a regular expression, or module names"
    )
    learning_rate: float = Field(default=2e-4, gt=0)
    lr_scheduler_type: Literal["cosine", "linear", "constant_with_warmup"] = "cosine"
    warmup_steps: int = Field(default=10, ge=0)
    max_steps: int = Field(default=100, gt=0, description="optimizer steps")
    per_device_batch_size: int = Field(default=8, gt=0)
    gradient_accumulation_steps: int = Field(default=1, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    optim: str = Field(default="adamw_torch", description="optimizer, by its name in transformers")
    dtype: Literal["float32", "bfloat16"] = Field(
        default="float32", description="of the weights while training"
    )
    gradient_checkpointing: bool = False
    max_length: int = Field(
        default=2048, gt=0, description="longest conversation in tokens; longer is an error"
    )
    logging_steps: int = Field(default=10, gt=0)
    save_steps: int = Field(
        default=50, gt=0, description="steps between checkpoints; a multiple of logging_steps"
    )
    seed: int = Field(default=3407, ge=0)

    @model_validator(mode="after")
    def _save_where_the_log_is_whole(self) -> TrainConfig:
        if self.save_steps % self.logging_steps:
            raise ValueError("save_steps must be a multiple of logging_steps, or a resumed log has a gap")
        return self
