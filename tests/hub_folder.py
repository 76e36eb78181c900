"""A model folder as transformers 5 writes it, with two weights in it."""

from __future__ import annotations

import json
import struct
from pathlib import Path

TOKENS = {
    5: ("[multimodal]", True),
    6: ("<start_of_turn>", True),
    7: ("<end_of_turn>", True),
    9: ("\n\n", False),
}
SHORT = "vision_tower.embeddings.patch_embedding.weight"
LONG = "vision_tower.vision_model.embeddings.patch_embedding.weight"


def added_token(number: int) -> dict[str, object]:
    content, special = TOKENS[number]
    flags = dict.fromkeys(("lstrip", "normalized", "rstrip", "single_word"), False)
    return {"id": number, "content": content, "special": special, **flags}


def write_weights(file: Path, names: list[str]) -> None:
    header = {
        "__metadata__": {"format": "pt"},
        **{
            name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [24 * i, 24 * i + 24]}
            for i, name in enumerate(names)
        },
    }
    text = json.dumps(header).encode()
    data = bytes(range(24 * len(names)))
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def model_folder(folder: Path, *, model_type: str = "gemma3", names: tuple[str, ...] = (SHORT,)) -> Path:
    """A folder as transformers 5 writes it: short vision keys, neither tokenizer.model nor typed tokens."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": model_type, "vision_config": {}}))
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": [added_token(i) for i in TOKENS]}))
    pictures = {"image_processor": {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}}
    (folder / "processor_config.json").write_text(json.dumps(pictures))
    leaked = {"bos_token": "<bos>", "is_local": True, "local_files_only": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(leaked))
    write_weights(folder / "model.safetensors", ["language_model.model.norm.weight", *names])
    return folder
