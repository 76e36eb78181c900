"""Stage 4: merge a LoRA adapter into its base model, and check that the result says the same.

The merged folder is in the Hub's layout again, tokenizer included, so that every other program can read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bedside import chat, hf
from bedside.artifact import MANIFEST, Artifact, Draft, Input, Plan, open_artifact, write
from bedside.disk import require_space
from bedside.errors import ThresholdError
from bedside.examples import Message
from bedside.extras import require
from bedside.hub_layout import restore_hub_layout
from bedside.prompts import ECG_QUESTION, png_bytes, vitals_question

if TYPE_CHECKING:
    import torch

__all__ = ["MergeConfig", "merge"]

VERSION = 2
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
CHECKS = (ECG_QUESTION, vitals_question("Heart rate 72 bpm.")[0].content, "What is atrial fibrillation?")


class MergeConfig(BaseModel):
    """How the adapter is merged and checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dtype: Literal["float32", "bfloat16"] = Field(default="float32", description="of the merged weights")
    max_logit_difference: float | None = Field(
        default=None,
        gt=0,
        description="limit for adapter against merged; default 1e-3 in float32, 0.25 in bfloat16",
    )

    @property
    def limit(self) -> float:
        """Largest |Δ logit| between adapter and merged model that passes."""
        default = {"float32": 1e-3, "bfloat16": 0.25}[self.dtype]
        return self.max_logit_difference or default


def merge(config: MergeConfig, *, base: Input, adapter: Artifact, out_dir: Path) -> Artifact:
    """Merge `adapter` into `base` and save the model in the Hub's layout.

    The logits of base + adapter are compared with those of the merged folder read back from disk, on fixed
    text prompts: figures `max_logit_difference` and `argmax_agreement`.

    Raises:
        ThresholdError: the merged model's logits differ by more than the limit.
        ArtifactError: `base` is not a complete model folder.
    """
    inputs = {"base": base.digest, "adapter": adapter.digest}
    plan = Plan("model", "merge", VERSION, config.model_dump(mode="json"), inputs)
    return write(out_dir, plan, lambda draft: _merge(config, base=base, adapter=adapter, draft=draft))


def _merge(config: MergeConfig, *, base: Input, adapter: Artifact, draft: Draft) -> Mapping[str, Any]:
    weights = sum(file.stat().st_size for file in base.path.glob("*.safetensors"))
    require_space(draft.path, weights, what="the merged model")
    before = _save_merged(config, base=base, adapter=adapter, folder=draft.path)
    after = _logits(hf.load(draft.path, dtype=config.dtype))
    difference = max((a - b).abs().max().item() for a, b in zip(before, after, strict=True))
    same = [(a.argmax(-1) == b.argmax(-1)).float().mean().item() for a, b in zip(before, after, strict=True)]
    if not difference <= config.limit:  # NaN is no agreement either
        raise ThresholdError(
            f"Merging changed the model: |Δ logit| is up to {difference:.3g}, the limit is {config.limit:g}.",
            fix="merge in float32 (merge.dtype), or raise merge.max_logit_difference if that is expected",
        )
    return {
        "max_logit_difference": difference,
        "argmax_agreement": sum(same) / len(same),
        "base_model": getattr(base, "name", base.path.name),
        "base_licence": licence_of(base.path),
    }


def licence_of(folder: Path) -> str:
    """Return the licence a model folder states in the front matter of its README or in its manifest.

    Empty where neither states one: what is not stated is not guessed.
    """
    stated = _front_matter(folder / "README.md")
    name = stated.get("license_name") or stated.get("license")
    parts = name if isinstance(name, list) else [name]
    words = [" ".join(str(part).split()) for part in [*parts, stated.get("license_link")] if part]
    if words or not (folder / MANIFEST).is_file():
        return ", ".join(words)
    figures = open_artifact(folder).manifest.figures
    return str(figures.get("licence") or figures.get("base_licence") or "")


def _front_matter(file: Path) -> Mapping[str, Any]:
    """Return the YAML between the first two `---` lines; nothing where there is none that can be read."""
    if not file.is_file():
        return {}
    match = _FRONT_MATTER.match(file.read_text(encoding="utf-8", errors="replace"))
    try:
        stated = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError:
        return {}
    return cast("dict[str, Any]", stated) if isinstance(stated, dict) else {}


def _save_merged(config: MergeConfig, *, base: Input, adapter: Artifact, folder: Path) -> list[torch.Tensor]:
    """Merge and save; return the logits before. The model is freed on return: only one is held at a time."""
    peft = require("peft", extra="train", purpose="Merging an adapter")
    loaded = hf.load(base.path, dtype=config.dtype)
    adapted = peft.PeftModel.from_pretrained(loaded.model, adapter.path).eval()
    before = _logits(hf.Loaded(loaded.processor, adapted))
    adapted.merge_and_unload().save_pretrained(folder)
    loaded.processor.save_pretrained(folder)
    restore_hub_layout(folder, tokenizer_from=base.path)
    return before


def _logits(loaded: hf.Loaded) -> list[torch.Tensor]:
    """Return the logits at every position of each check prompt, shape (tokens, vocabulary)."""
    checks: list[tuple[str, tuple[bytes, ...]]] = [(text, ()) for text in CHECKS]
    if loaded.image_size is not None:
        checks.append((ECG_QUESTION, (_gradient(loaded.image_size),)))
    return [_logits_of(loaded, text, images) for text, images in checks]


def _logits_of(loaded: hf.Loaded, text: str, images: tuple[bytes, ...]) -> torch.Tensor:
    torch = require("torch", extra="train", purpose="Merging an adapter")
    segments = chat.segments((Message(role="user", content=text),), images=len(images))
    encoded = hf.encode(loaded, segments, images)
    inputs = {"input_ids": encoded.input_ids[None]}
    if loaded.image_size is not None:
        inputs["token_type_ids"] = encoded.token_type_ids[None]
    if encoded.pixel_values is not None:
        inputs["pixel_values"] = encoded.pixel_values.to(loaded.model.dtype)
    with torch.no_grad():
        return loaded.model(**inputs).logits[0].float()


def _gradient(size: int) -> bytes:
    """Return a picture that excites the vision tower everywhere: black to white, left to right."""
    from PIL import Image

    return png_bytes(Image.linear_gradient("L").rotate(90).resize((size, size)).convert("RGB"))
