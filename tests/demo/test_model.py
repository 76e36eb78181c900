from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors import safe_open
from transformers import AutoModelForImageTextToText, AutoProcessor

from bedside.demo.model import ModelSize, build_model, save_model
from bedside.demo.tokenizer import train_tokenizer
from bedside.hub_layout import layout_problems


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    tokenizer_file = folder.parent / "spm.model"
    tokenizer_file.write_bytes(train_tokenizer(["The rate is fast."] * 50, vocab_size=290))
    model, processor = build_model(ModelSize(vocab_size=290), tokenizer_file=tokenizer_file, seed=1)
    save_model(model, processor, tokenizer_file=tokenizer_file, folder=folder)
    return model.eval(), processor, folder, tokenizer_file


def test_the_folder_has_the_hub_s_layout(saved):
    _, _, folder, tokenizer_file = saved
    assert layout_problems(folder) == ()
    assert (folder / "tokenizer.model").read_bytes() == tokenizer_file.read_bytes()
    with safe_open(folder / "model.safetensors", "pt") as file:
        vision = [name for name in file.keys() if name.startswith("vision_tower.")]  # noqa: SIM118
    assert vision
    assert all(name.startswith("vision_tower.vision_model.") for name in vision)


def test_generation_stops_at_the_end_of_a_turn(saved):
    _, processor, folder, _ = saved
    config = json.loads((folder / "generation_config.json").read_text())
    end_of_turn = processor.tokenizer.convert_tokens_to_ids("<end_of_turn>")
    assert config["eos_token_id"] == [1, end_of_turn]


def test_the_reloaded_model_computes_the_same(saved):
    model, processor, folder, _ = saved
    again = AutoModelForImageTextToText.from_pretrained(folder).eval()
    loaded = AutoProcessor.from_pretrained(folder)
    text = "<bos><start_of_turn>user\nThe rate<end_of_turn>\n"
    ids = processor(text=[text], add_special_tokens=False, return_tensors="pt")
    assert torch.equal(
        ids["input_ids"], loaded(text=[text], add_special_tokens=False, return_tensors="pt")["input_ids"]
    )
    with torch.no_grad():
        assert torch.equal(model(**ids).logits, again(**ids).logits)
    assert loaded.chat_template == processor.chat_template


def test_llama_cpp_s_assumptions_hold(saved):
    config = json.loads((saved[2] / "config.json").read_text())["text_config"]
    assert config["query_pre_attn_scalar"] == config["head_dim"]
    columns = (
        config["hidden_size"],
        config["intermediate_size"],
        config["num_attention_heads"] * config["head_dim"],
    )
    assert all(count % 256 == 0 for count in columns)


def test_dimensions_that_k_quants_cannot_hold_are_refused():
    with pytest.raises(ValidationError, match="hidden_size"):
        ModelSize(hidden_size=128)


def test_the_seed_decides_the_weights_and_nothing_outside(saved, tmp_path: Path):
    tokenizer_file = saved[3]
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    size = ModelSize(vocab_size=290)
    first, second, other = (build_model(size, tokenizer_file=tokenizer_file, seed=s)[0] for s in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    weights = [model.lm_head.weight for model in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
