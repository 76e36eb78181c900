"""A small tokenizer of Gemma's shape, trained in this process.

SentencePiece BPE with byte fallback and Gemma's control tokens at ids of their own; the transformers
tokenizer made from it gives the same ids as SentencePiece and as llama.cpp. Knows nothing of models.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from bedside.chat import END_OF_TURN, START_OF_IMAGE, START_OF_TURN
from bedside.extras import require

__all__ = ["chat_template", "load_tokenizer", "train_tokenizer"]

END_OF_IMAGE = "<end_of_image>"
IMAGE_TOKEN = "<image_soft_token>"  # noqa: S105 - a control token of the model
NEWLINES = tuple("\n" * count for count in range(1, 5))
CONTROL_TOKENS = ("<mask>", "[multimodal]", START_OF_TURN, END_OF_TURN)
IMAGE_TOKENS = (START_OF_IMAGE, END_OF_IMAGE, IMAGE_TOKEN)
PURPOSE = "the demo model's tokenizer"


def train_tokenizer(texts: Iterable[str], *, vocab_size: int) -> bytes:
    """Train a SentencePiece model on `texts` and return its file, `tokenizer.model`.

    Ids 0 to 3 are `<pad> <eos> <bos> <unk>`, as in Gemma; digits are single tokens.
    """
    sentencepiece = require("sentencepiece", extra="train", purpose=PURPOSE)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=vocab_size,
        model_type="bpe",
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        eos_piece="<eos>",
        bos_piece="<bos>",
        unk_piece="<unk>",
        user_defined_symbols=[*CONTROL_TOKENS, *NEWLINES, *IMAGE_TOKENS],
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def load_tokenizer(model_file: Path) -> Any:
    """Make the transformers tokenizer of a `tokenizer.model`, with Gemma 3's chat template."""
    transformers = require("transformers", extra="train", purpose=PURPOSE)
    from tokenizers import AddedToken
    from tokenizers.models import BPE
    from transformers.convert_slow_tokenizer import SentencePieceExtractor

    pieces: Any = SentencePieceExtractor(str(model_file)).extract(BPE)
    tokenizer = transformers.GemmaTokenizer(
        vocab=pieces["vocab"],
        merges=pieces["merges"],
        padding_side="right",
        model_max_length=2048,
        extra_special_tokens={
            "boi_token": START_OF_IMAGE,
            "eoi_token": END_OF_IMAGE,
            "image_token": IMAGE_TOKEN,
        },
    )
    turns = [AddedToken(token, normalized=False, special=True) for token in (START_OF_TURN, END_OF_TURN)]
    tokenizer.add_tokens(turns, special_tokens=True)
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=False) for token in NEWLINES])
    tokenizer.chat_template = chat_template()
    return tokenizer


def chat_template() -> str:
    """Return the chat template of Gemma 3 and MedGemma."""
    return files("bedside.demo").joinpath("gemma3.jinja").read_text(encoding="utf-8")
