"""The engine that runs a transformers model in this process: the reference every other form is held to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bedside import chat, hf
from bedside.engine.protocol import Answer, Prompt, Score, TokenScore
from bedside.extras import require

if TYPE_CHECKING:
    import torch

__all__ = ["HfEngine"]


class HfEngine:
    """A model folder in the Hub's layout, loaded with transformers.

    Attributes:
        name: what the model is called in results.
        end_id: id of the token that ends a turn.
    """

    def __init__(
        self, model_dir: Path, *, name: str = "", dtype: str = "float32", device: str = "cpu"
    ) -> None:
        """Load the model.

        Raises:
            ArtifactError: the folder is not a complete model.
            MissingExtraError: torch or transformers is not installed.
        """
        self.name = name or model_dir.name
        self._loaded = hf.load(model_dir, dtype=dtype, device=device)
        self._torch: Any = require("torch", extra="train", purpose="Running a transformers model")
        self.end_id = int(self._loaded.tokenizer.convert_tokens_to_ids(chat.END_OF_TURN))

    def generate(self, prompt: Prompt, *, max_tokens: int) -> Answer:
        """Answer `prompt` greedily with at most `max_tokens` tokens."""
        from transformers import GenerationConfig

        tokenizer = self._loaded.tokenizer
        ends = {self.end_id, int(tokenizer.eos_token_id)}
        settings = GenerationConfig(
            max_new_tokens=max_tokens,
            do_sample=False,
            eos_token_id=sorted(ends),
            pad_token_id=tokenizer.pad_token_id,
        )
        fed = self._inputs(prompt, ())
        started = time.monotonic()
        with self._torch.inference_mode():
            output = self._loaded.model.generate(**fed, generation_config=settings)
        seconds = time.monotonic() - started
        tokens = tuple(int(token) for token in output[0, fed["input_ids"].shape[1] :])
        return Answer(
            text=tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False),
            tokens=tokens,
            finished=bool(tokens) and tokens[-1] in ends,
            seconds=seconds,
            tokens_per_second=len(tokens) / seconds,
        )

    def score(self, prompt: Prompt, answer: str | Sequence[int], *, top: int = 1) -> Score:
        """Return log P of `answer` and of the end of the turn, token by token (see `Engine.score`)."""
        ids = (*(self.tokens(answer) if isinstance(answer, str) else answer), self.end_id)
        fed = self._inputs(prompt, ids)
        with self._torch.inference_mode():
            logits = self._loaded.model(**fed).logits[0, -len(ids) - 1 : -1]
        logprobs = logits.float().log_softmax(-1)
        best = logprobs.topk(min(top, logprobs.shape[-1]), dim=-1)
        return Score(
            tuple(
                TokenScore(
                    id=int(token),
                    logprob=float(logprobs[step, token]),
                    top=dict(zip(best.indices[step].tolist(), best.values[step].tolist(), strict=True)),
                )
                for step, token in enumerate(ids)
            )
        )

    def tokens(self, text: str) -> tuple[int, ...]:
        """Tokenize an answer as it stands after the opening of the model's turn."""
        plain = chat.as_text(text.strip())
        return tuple(self._loaded.tokenizer(plain, add_special_tokens=False)["input_ids"])

    def prompt_tokens(self, prompt: Prompt) -> tuple[int, ...]:
        """Return the ids of a rendered prompt, image tokens included."""
        return tuple(self._inputs(prompt, ())["input_ids"][0].tolist())

    def _inputs(self, prompt: Prompt, answer: Sequence[int]) -> dict[str, torch.Tensor]:
        """Return the model's inputs for a prompt followed by `answer`, as a batch of one."""
        torch = self._torch
        images = len(prompt.images)
        encoded = hf.encode(self._loaded, chat.segments(prompt.messages, images=images), prompt.images)
        added = torch.tensor(tuple(answer), dtype=torch.long)
        ids = torch.cat([encoded.input_ids, added])[None]
        fed = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if (
            self._loaded.image_size is not None
        ):  # image tokens see each other: a model with vision needs the types
            fed["token_type_ids"] = torch.cat([encoded.token_type_ids, torch.zeros_like(added)])[None]
        if encoded.pixel_values is not None:
            fed["pixel_values"] = encoded.pixel_values.to(self._loaded.model.dtype)
        return {name: tensor.to(self._loaded.model.device) for name, tensor in fed.items()}
