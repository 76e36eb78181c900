"""The layout of a model folder as the Hub has it, which is what llama.cpp's converter reads.

transformers 5 writes folders that it loads itself but that convert wrongly, one of them without any error:

- it no longer writes `tokenizer.model`, without which the converter takes another tokenizer;
- it no longer writes `added_tokens_decoder`, without which control tokens become ordinary text in the GGUF
  and the model answers nonsense;
- it names the vision weights of a model that was made from scratch `vision_tower.…` where the Hub says
  `vision_tower.vision_model.…`, which the converter does not know.

`restore_hub_layout` puts right what such a folder lacks; `layout_problems` tells what is wrong with one.
Knows JSON and the header of a safetensors file; needs neither torch nor transformers.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bedside.chat import END_OF_TURN, START_OF_TURN
from bedside.errors import ArtifactError

__all__ = [
    "AddedToken",
    "added_tokens",
    "has_vision",
    "layout_problems",
    "read_config",
    "restore_hub_layout",
    "weight_shapes",
]

_CONFIG = "config.json"
_TOKENIZER_CONFIG = "tokenizer_config.json"
_INDEX = "model.safetensors.index.json"
_PICTURE_SETTINGS = ("preprocessor_config.json", "processor_config.json")
_LEAKED_KEYS = ("is_local", "local_files_only", "name_or_path")
"""What transformers writes about the folder it once loaded a tokenizer from: no business of the reader's."""
_TOKEN_FIELDS = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
_SHORT_VISION_KEY = re.compile(r"vision_tower\.(?=embeddings\.|encoder\.|post_layernorm\.|head\.)")
_HUB_VISION_KEY = "vision_tower.vision_model."
_COPY_BYTES = 16 * 1024 * 1024

Json = dict[str, Any]


@dataclass(frozen=True)
class AddedToken:
    """A token that stands beside the tokenizer's own pieces; `special` marks a control token."""

    id: int
    content: str
    special: bool


def restore_hub_layout(folder: Path, *, tokenizer_from: Path) -> None:
    """Give a model folder that transformers 5 wrote the layout of the Hub; changes nothing already right.

    Args:
        folder: the model folder, changed in place.
        tokenizer_from: the folder of the model it was made from, which has `tokenizer.model`.

    Raises:
        ArtifactError: neither folder has `tokenizer.model`, or the tokens cannot be told.
    """
    _copy_tokenizer_model(folder, tokenizer_from)
    _write_added_tokens(folder, tokenizer_from)
    if _wants_hub_vision_keys(folder):
        _rename_vision_keys(folder)


def layout_problems(folder: Path) -> tuple[str, ...]:
    """Say what a model folder lacks of the Hub's layout, one sentence each; empty where it is right.

    Raises:
        ArtifactError: `folder` is not a model folder at all.
    """
    read_config(folder)
    problems: list[str] = []
    if not (folder / "tokenizer.model").is_file():
        problems.append("tokenizer.model is missing")
    tokens = added_tokens(folder)
    if not tokens:
        problems.append(
            f"{_TOKENIZER_CONFIG} has no added_tokens_decoder, so control tokens would become text"
        )
    else:
        special = {token.content for token in tokens if token.special}
        problems += [
            f"{_TOKENIZER_CONFIG}: {token} is not marked as a special token in added_tokens_decoder"
            for token in (START_OF_TURN, END_OF_TURN)
            if token not in special
        ]
    if _wants_hub_vision_keys(folder):
        short = next((key for key in weight_shapes(folder) if _SHORT_VISION_KEY.match(key)), None)
        if short is not None:
            problems.append(f"the weight {short} should be called {_hub_key(short)}")
        if not _has_picture_settings(folder):
            problems.append(f"{' or '.join(_PICTURE_SETTINGS)} with image_mean is missing")
    return tuple(problems)


def added_tokens(folder: Path) -> tuple[AddedToken, ...]:
    """Return the added tokens that `tokenizer_config.json` lists, the only ones the converter knows of."""
    return tuple(
        AddedToken(int(number), str(token["content"]), bool(token.get("special")))
        for number, token in _decoder(folder / _TOKENIZER_CONFIG).items()
    )


def read_config(folder: Path) -> Json:
    """Read `config.json` of a model folder.

    Raises:
        ArtifactError: the folder has none, or it is not a JSON object.
    """
    path = folder / _CONFIG
    if not path.is_file():
        raise ArtifactError(
            f"{folder} is not a model folder: it has no {_CONFIG}.",
            fix="give the folder that `bedside merge` or `bedside pull model` wrote",
        )
    return _read_json(path)


def has_vision(folder: Path) -> bool:
    """Tell whether the model in `folder` has a vision tower."""
    return isinstance(read_config(folder).get("vision_config"), dict)


def weight_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight in a model folder by name, reading file headers only.

    Raises:
        ArtifactError: there are no safetensors files, or one is cut short.
    """
    files = _weight_files(folder)
    if not files:
        raise ArtifactError(
            f"{folder} has no *.safetensors weights.", fix="save the model with safetensors (the default)"
        )
    return {
        name: tuple(entry["shape"])
        for file in files
        for name, entry in _read_header(file)[0].items()
        if name != "__metadata__"
    }


def _copy_tokenizer_model(folder: Path, source: Path) -> None:
    target = folder / "tokenizer.model"
    if target.is_file():
        return
    if not (source / "tokenizer.model").is_file():
        raise ArtifactError(
            f"tokenizer.model is missing in {folder} and in {source}.",
            fix="get it from the model's page on the Hub (`bedside pull model NAME` brings it)",
        )
    shutil.copyfile(source / "tokenizer.model", target)


def _write_added_tokens(folder: Path, source: Path) -> None:
    path = folder / _TOKENIZER_CONFIG
    config = _read_json(path) if path.is_file() else {}
    decoder = (
        config.get("added_tokens_decoder")
        or _from_tokenizer_json(folder / "tokenizer.json")
        or _decoder(source / _TOKENIZER_CONFIG)
    )
    if not decoder:
        raise ArtifactError(
            f"the added tokens of {folder} cannot be told: no tokenizer.json here and no "
            f"added_tokens_decoder in {source / _TOKENIZER_CONFIG}.",
            fix="copy the tokenizer files of the base model into the folder",
        )
    restored = {key: value for key, value in config.items() if key not in _LEAKED_KEYS}
    restored["added_tokens_decoder"] = decoder
    if restored != config:
        _write_json(path, restored)


def _from_tokenizer_json(tokenizer_json: Path) -> Json:
    """Return the added tokens of a tokenizer.json in the form of `added_tokens_decoder`."""
    if not tokenizer_json.is_file():
        return {}
    tokens = cast("list[Json]", _read_json(tokenizer_json).get("added_tokens", []))
    ordered = sorted(tokens, key=lambda token: int(token["id"]))
    return {str(token["id"]): {field: token[field] for field in _TOKEN_FIELDS} for token in ordered}


def _decoder(tokenizer_config: Path) -> Json:
    if not tokenizer_config.is_file():
        return {}
    return cast("Json", _read_json(tokenizer_config).get("added_tokens_decoder") or {})


def _wants_hub_vision_keys(folder: Path) -> bool:
    """Only Gemma 3's SigLIP tower has the two names; Gemma 3n and 4 have towers of their own."""
    return has_vision(folder) and read_config(folder).get("model_type") == "gemma3"


def _has_picture_settings(folder: Path) -> bool:
    """Tell whether a file says how pictures are scaled; transformers 5 nests what the Hub has at the top."""
    present = [_read_json(folder / name) for name in _PICTURE_SETTINGS if (folder / name).is_file()]
    return any("image_mean" in {**found, **found.get("image_processor", {})} for found in present)


def _hub_key(name: str) -> str:
    return _SHORT_VISION_KEY.sub(_HUB_VISION_KEY, name, count=1) if _SHORT_VISION_KEY.match(name) else name


def _rename_vision_keys(folder: Path) -> None:
    for file in _weight_files(folder):
        header, data_start = _read_header(file)
        renamed = {_hub_key(name): entry for name, entry in header.items()}
        if renamed != header:
            _replace_header(file, renamed, data_start=data_start)
    index = folder / _INDEX
    if index.is_file():
        content = _read_json(index)
        weight_map = cast("Mapping[str, str]", content["weight_map"])
        _write_json(index, {**content, "weight_map": {_hub_key(k): v for k, v in weight_map.items()}})


def _weight_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def _read_header(file: Path) -> tuple[Json, int]:
    """Return the header of a safetensors file, and the byte its weights begin at."""
    with file.open("rb") as stream:
        prefix = stream.read(8)
        length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else 0
        text = stream.read(length) if 0 < length <= file.stat().st_size else b""
    if not text or len(text) != length:
        raise ArtifactError(f"{file} is not a safetensors file or is cut short.", fix="make or pull it again")
    return cast("Json", json.loads(text)), 8 + length


def _replace_header(file: Path, header: Json, *, data_start: int) -> None:
    """Write `file` anew with another header; the weights are copied, never held in memory."""
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    partial = file.with_suffix(".partial")
    with file.open("rb") as source, partial.open("wb") as target:
        target.write(struct.pack("<Q", len(text)) + text)
        source.seek(data_start)
        shutil.copyfileobj(source, target, _COPY_BYTES)
    partial.replace(file)


def _read_json(path: Path) -> Json:
    try:
        content: object = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise ArtifactError(
            f"{path} is not valid JSON: {error}", fix="restore the file or make it again"
        ) from error
    if not isinstance(content, dict):
        raise ArtifactError(f"{path} does not hold a JSON object.", fix="restore the file or make it again")
    return cast("Json", content)


def _write_json(path: Path, content: Json) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )
    partial.replace(path)
