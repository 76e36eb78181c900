from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from bedside.demo import pretrain
from bedside.demo.corpus import Item, Picture, captioned, draw_pictures, text_items
from bedside.demo.model import ModelSize, build_model
from bedside.demo.pretrain import Schedule, answers, train_answers, train_tower
from bedside.demo.tokenizer import train_tokenizer

SIZE = ModelSize(vocab_size=400, num_hidden_layers=1, vision_num_hidden_layers=1)
SCHEDULE = Schedule(tower_steps=4, tower_batch=4, steps=4, picture_batch=2, text_batch=2, warmup_steps=2)


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return draw_pictures(10, np.random.default_rng(0), name="s")


@pytest.fixture(scope="module")
def captions(pictures) -> list[Item]:
    return captioned(pictures, np.random.default_rng(0))


@pytest.fixture(scope="module")
def texts() -> list[Item]:
    return text_items(40, np.random.default_rng(0))


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory, captions, texts):
    file = tmp_path_factory.mktemp("pretrain") / "tokenizer.model"
    words = [text for item in [*captions, *texts] for text in (item.asked, item.said)]
    file.write_bytes(train_tokenizer(words, vocab_size=400))
    return file


def test_only_answers_are_learnt(tokenizer_file, captions):
    _, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
    items = [captions[0], Item("What is it?", "A long answer about sinus rhythm and a rate.")]
    batch = pretrain._encode(items, processor)
    tokenizer = processor.tokenizer
    for row, item in enumerate(items):
        learnt = batch["labels"][row]
        assert tokenizer.decode(learnt[learnt != -100]) == f"{item.said}<end_of_turn>\n"
        kept = learnt != -100
        assert torch.equal(batch["input_ids"][row][kept], learnt[kept])
    pictures_only = batch["token_type_ids"].sum(dim=1).tolist()
    assert pictures_only == [SIZE.mm_tokens_per_image, 0]


def test_every_item_comes_once_a_pass(texts):
    batches = pretrain._batches(texts, 3, np.random.default_rng(0))
    seen = [next(batches) for _ in range(14)]
    assert sorted(map(len, seen)) == [1, *[3] * 13]
    assert sorted(item.said for batch in seen for item in batch) == sorted(item.said for item in texts)


def test_the_learning_rate_warms_up_and_falls():
    rates = [pretrain._rate(step, 100, 10) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(rates[9], rel=0.02)
    assert rates[100] == pytest.approx(0.05)
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates[10:]))


def test_the_same_seed_trains_the_same_model(tokenizer_file, pictures, captions, texts):
    def trained() -> tuple[float, float, torch.Tensor]:
        model, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
        seen = train_tower(model, processor, pictures=pictures, schedule=SCHEDULE, seed=7)
        said = train_answers(model, processor, captions=captions, texts=texts, schedule=SCHEDULE, seed=7)
        return seen, said, torch.cat([weight.detach().flatten() for weight in model.parameters()])

    first, second = trained(), trained()
    assert first[:2] == second[:2]
    assert torch.equal(first[2], second[2])


def test_answers_are_learnt_without_changing_what_the_tower_sees(tokenizer_file, captions, texts):
    model, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    train_answers(model, processor, captions=captions, texts=texts, schedule=SCHEDULE, seed=7)
    changed = {name for name, weight in model.named_parameters() if not torch.equal(weight, before[name])}
    assert changed == {name for name in before if "vision_tower" not in name}
    assert all(weight.requires_grad for weight in model.parameters())


def test_the_tower_learns_to_tell_two_kinds_of_picture_apart(tokenizer_file):
    from PIL import Image

    kinds = {"dark": 40, "light": 220}
    pictures = [Picture(name, Image.new("RGB", (128, 128), (gray,) * 3)) for name, gray in kinds.items()] * 4
    model, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
    schedule = Schedule(tower_steps=40, tower_batch=4, warmup_steps=5)
    assert train_tower(model, processor, pictures=pictures, schedule=schedule, seed=0) < 0.1


def test_answers_come_in_order_whatever_the_batch(tokenizer_file, captions, texts):
    model, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
    train_answers(model, processor, captions=captions, texts=texts, schedule=SCHEDULE, seed=7)
    items = [*captions[:4], *texts[:3]]
    together = answers(model, processor, items, max_tokens=4, batch=50)
    alone = answers(model, processor, items, max_tokens=4, batch=1)
    assert together == alone
    assert len(together) == len(items)
