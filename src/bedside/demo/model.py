"""A tiny Gemma 3 vision model: built with random weights, and saved as the Hub lays such models out.

Every matrix has a multiple of 256 columns in the text part, so that llama.cpp can use K-quants without
falling back. Knows nothing of what the model will learn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bedside.chat import END_OF_TURN
from bedside.demo.tokenizer import load_tokenizer
from bedside.extras import require
from bedside.hf import quieten
from bedside.hub_layout import restore_hub_layout

__all__ = ["ModelSize", "build_model", "save_model"]

PURPOSE = "building the demo model"


class ModelSize(BaseModel):
    """Dimensions of the tiny model; text dimensions are multiples of 256 for K-quants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocab_size: int = 1024
    hidden_size: int = Field(default=256, multiple_of=256)
    intermediate_size: int = Field(default=512, multiple_of=256)
    num_hidden_layers: int = 2
    num_attention_heads: int = 4
    num_key_value_heads: int = 1
    head_dim: int = 64
    vision_hidden_size: int = 128
    vision_intermediate_size: int = 256
    vision_num_hidden_layers: int = 2
    vision_num_attention_heads: int = 4
    image_size: int = 128
    patch_size: int = 16
    mm_tokens_per_image: int = 16


def build_model(size: ModelSize, *, tokenizer_file: Path, seed: int) -> tuple[Any, Any]:
    """Build the model with seeded random weights, and the processor that goes with it.

    transformers starts the projector at zero. A random one lets through all that the vision tower sees, also
    what the language model is only taught later.
    """
    transformers = require("transformers", extra="train", purpose=PURPOSE)
    quieten(transformers)
    torch = require("torch", extra="train", purpose=PURPOSE)
    tokenizer = load_tokenizer(tokenizer_file)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = transformers.Gemma3ForConditionalGeneration(_config(size, tokenizer)).float()
        projection = model.model.multi_modal_projector.mm_input_projection_weight
        torch.nn.init.normal_(projection, std=size.vision_hidden_size**-0.5)
    model.generation_config = transformers.GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=_stops(tokenizer),
        do_sample=False,
    )
    pictures = transformers.Gemma3ImageProcessorPil(
        size={"height": size.image_size, "width": size.image_size},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        do_pan_and_scan=False,
    )
    processor = transformers.Gemma3Processor(
        image_processor=pictures,
        tokenizer=tokenizer,
        chat_template=tokenizer.chat_template,
        image_seq_length=size.mm_tokens_per_image,
    )
    return model, processor


def _stops(tokenizer: Any) -> list[int]:
    return [tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(END_OF_TURN)]


def _config(size: ModelSize, tokenizer: Any) -> Any:
    """Return the model's configuration.

    `query_pre_attn_scalar` equals `head_dim` and `layer_types` keep their default pattern, because
    llama.cpp assumes both.
    """
    transformers = require("transformers", extra="train", purpose=PURPOSE)
    text = transformers.Gemma3TextConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden_size,
        intermediate_size=size.intermediate_size,
        num_hidden_layers=size.num_hidden_layers,
        num_attention_heads=size.num_attention_heads,
        num_key_value_heads=size.num_key_value_heads,
        head_dim=size.head_dim,
        query_pre_attn_scalar=size.head_dim,
        sliding_window=512,
        max_position_embeddings=2048,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )
    vision = transformers.SiglipVisionConfig(
        hidden_size=size.vision_hidden_size,
        intermediate_size=size.vision_intermediate_size,
        num_hidden_layers=size.vision_num_hidden_layers,
        num_attention_heads=size.vision_num_attention_heads,
        image_size=size.image_size,
        patch_size=size.patch_size,
        vision_use_head=False,
    )
    return transformers.Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=size.mm_tokens_per_image,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_index=tokenizer.image_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=_stops(tokenizer),
    )


def save_model(model: Any, processor: Any, *, tokenizer_file: Path, folder: Path) -> None:
    """Save model and processor in the form in which the Hub holds Gemma 3.

    transformers writes it otherwise; `hub_layout` says what differs and why it matters.
    """
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    (folder / "tokenizer.model").write_bytes(tokenizer_file.read_bytes())
    restore_hub_layout(folder, tokenizer_from=folder)
