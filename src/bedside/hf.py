"""The transformers side of a prompt: load a model folder, and turn rendered segments into tensors.

Training, parity checks and the in-process engine all come through here, so that transformers sees the same
tokens as llama.cpp. Imports torch and transformers only when a function is called.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bedside.chat import Segment
from bedside.errors import ArtifactError
from bedside.examples import Message
from bedside.extras import require
from bedside.hub_layout import has_vision
from bedside.prompts import open_image

if TYPE_CHECKING:
    import torch

__all__ = ["Encoded", "Loaded", "encode", "load", "load_processor", "quieten", "turns_of"]

IGNORED = -100
"""The label of a token that is not learned, as PyTorch's cross entropy names it."""


@dataclass(frozen=True)
class Loaded:
    """A processor (a tokenizer where the model has no vision) and, where asked for, its model."""

    processor: Any
    model: Any = None

    @property
    def tokenizer(self) -> Any:
        """The tokenizer, also where the processor wraps one."""
        return getattr(self.processor, "tokenizer", self.processor)

    @property
    def image_size(self) -> int | None:
        """Side of the square picture the model sees, in pixels; `None` for a text model."""
        image_processor = getattr(self.processor, "image_processor", None)
        return None if image_processor is None else int(image_processor.size["height"])


@dataclass(frozen=True)
class Encoded:
    """One conversation as tensors.

    Attributes:
        input_ids: token ids, shape (tokens,).
        labels: the ids the model learns to say, shape (tokens,); -100 where it does not.
        token_type_ids: 1 on image tokens (they attend to each other), shape (tokens,).
        pixel_values: pictures, shape (images, channels, height, width); `None` without pictures.
    """

    input_ids: torch.Tensor
    labels: torch.Tensor
    token_type_ids: torch.Tensor
    pixel_values: torch.Tensor | None


def load_processor(folder: Path) -> Loaded:
    """Load the processor (text model: the tokenizer) of a model folder.

    Raises:
        ArtifactError: the folder has no tokenizer.
    """
    transformers = require("transformers", extra="train", purpose="Loading a model")
    quieten(transformers)
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model")):
        raise ArtifactError(
            f"The model folder {folder} has no tokenizer (tokenizer.json or tokenizer.model).",
            fix="copy the tokenizer files of its base model into it",
        )
    kind = transformers.AutoProcessor if has_vision(folder) else transformers.AutoTokenizer
    return Loaded(kind.from_pretrained(folder, local_files_only=True))


def turns_of(folder: Path, messages: Sequence[Message]) -> str | None:
    """Render a conversation by a model folder's own chat template, `None` where it has none."""
    transformers = require("transformers", extra="train", purpose="Reading a model's chat template")
    quieten(transformers)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.chat_template:
        return None
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return tokenizer.apply_chat_template(turns, tokenize=False)


def quieten(transformers: Any) -> None:
    """Leave out what transformers says about itself: bars for weights, and names it will change in v6."""
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")


def load(folder: Path, *, dtype: str = "float32", device: str = "cpu") -> Loaded:
    """Load the processor and the model of a model folder, in evaluation mode.

    Raises:
        ArtifactError: the folder is not a complete model.
    """
    transformers = require("transformers", extra="train", purpose="Loading a model")
    torch = require("torch", extra="train", purpose="Loading a model")
    processor = load_processor(folder).processor
    auto = (
        transformers.AutoModelForImageTextToText if has_vision(folder) else transformers.AutoModelForCausalLM
    )
    model = _weights(auto, folder, dtype=getattr(torch, dtype))
    return Loaded(processor, model.to(device).eval())


def _weights(auto: Any, folder: Path, *, dtype: Any) -> Any:
    """Load the weights, and refuse a folder that leaves some of the model at random values."""
    from safetensors import SafetensorError

    try:
        model, told = auto.from_pretrained(
            folder, dtype=dtype, local_files_only=True, output_loading_info=True
        )
    except (OSError, SafetensorError) as error:
        raise ArtifactError(
            f"The model folder {folder} cannot be loaded: {error}",
            fix="check that every weight file is there and whole (`bedside pull` verifies each)",
        ) from error
    if told["missing_keys"]:
        missing = sorted(told["missing_keys"])
        raise ArtifactError(
            f"The weights in {folder} lack {len(missing)} tensors of the model, first {missing[0]}.",
            fix="check that every weight file is there and belongs to config.json",
        )
    return model


def encode(loaded: Loaded, segments: Sequence[Segment], images: Sequence[bytes] = ()) -> Encoded:
    """Tokenize rendered segments; the pictures belong to the first one.

    Only answer segments get labels: the model does not learn to say the user's words.
    """
    torch = require("torch", extra="train", purpose="Tokenizing for transformers")
    first = _encode_first(loaded, segments[0], images)
    ids, labels, types = [first.input_ids], [first.labels], [first.token_type_ids]
    for segment in segments[1:]:
        text = loaded.tokenizer(segment.text, add_special_tokens=False)["input_ids"]
        piece = torch.tensor(text, dtype=torch.long)
        ids.append(piece)
        labels.append(piece if segment.is_answer else torch.full_like(piece, IGNORED))
        types.append(torch.zeros_like(piece))
    return Encoded(torch.cat(ids), torch.cat(labels), torch.cat(types), first.pixel_values)


def _encode_first(loaded: Loaded, segment: Segment, images: Sequence[bytes]) -> Encoded:
    torch = require("torch", extra="train", purpose="Tokenizing for transformers")
    if images:
        size = loaded.image_size
        if size is None:
            raise ArtifactError(
                "This model sees no pictures, but the prompt has one.", fix="use a vision model or no picture"
            )
        pictures = [open_image(data, size=size) for data in images]
        fed = loaded.processor(
            text=[segment.text], images=[pictures], add_special_tokens=False, return_tensors="pt"
        )
        ids, types = fed["input_ids"][0], fed["token_type_ids"][0]
        return Encoded(ids, torch.full_like(ids, IGNORED), types, fed["pixel_values"])
    text = loaded.tokenizer(segment.text, add_special_tokens=False)["input_ids"]
    ids = torch.tensor(text, dtype=torch.long)
    return Encoded(ids, torch.full_like(ids, IGNORED), torch.zeros_like(ids), None)
