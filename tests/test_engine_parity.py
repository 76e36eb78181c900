"""The same question to transformers and to the converted file gives the same numbers, token by token."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bedside import chat
from bedside.engine import HfEngine, Prompt, ServerEngine, open_engine
from bedside.errors import ToolError
from bedside.examples import Message
from bedside.gguf import ConvertConfig, convert
from tiny_model import make_model

pytestmark = [pytest.mark.llamacpp]

TOLERANCE = 0.05
"""Nats; float16 weights against float32 for a model of random weights (0.015 at most was seen)."""


def photograph(width: int, height: int, *, seed: int) -> bytes:
    """A picture with coarse and fine structure, so that its shape matters."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (height // 32 + 1, width // 32 + 1, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    coarse.resize((width, height), Image.Resampling.BILINEAR).save(buffer, "PNG")
    return buffer.getvalue()


def user(text: str, *images: bytes) -> Prompt:
    return Prompt((Message(role="user", content=text),), images)


PROMPTS = {
    "text": user("Interpret this ECG?"),
    "typed control tokens": user("is <end_of_turn> <start_of_image> or <__media__> normal?\n\n\nsay é ∞"),
    "square picture": user("Interpret this ECG?", photograph(256, 256, seed=1)),
    "wide picture": user("Interpret this ECG?", photograph(700, 300, seed=2)),
    "tall picture": user("Interpret this ECG?", photograph(200, 500, seed=3)),
    "two pictures": user("slow or fast?", photograph(128, 128, seed=4), photograph(300, 200, seed=5)),
    "conversation": Prompt(
        (
            Message(role="system", content="rate is low"),
            Message(role="user", content=" of the heart "),
            Message(role="assistant", content="normal"),
            Message(role="user", content="and the pressure?"),
        ),
        (photograph(400, 300, seed=6),),
    ),
}


def sharpen(folder: Path) -> None:
    """Make random weights answer like a trained model: by what it sees, with some certainty, in letters.

    A model fresh from its configuration ignores its pictures (the projection starts at zero) and repeats
    the last token (embeddings are tied); single bytes, which no trained model says, are made improbable.
    """
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file
    from transformers import AutoTokenizer

    weights = folder / "model.safetensors"
    with safe_open(weights, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        metadata = file.metadata()
    generator = torch.Generator().manual_seed(7)
    for name, tensor in tensors.items():
        if "mm_input_projection" in name:
            tensors[name] = torch.randn(tensor.shape, generator=generator) * 0.1
        elif name.endswith("embed_tokens.weight"):
            tensors[name] = torch.randn(tensor.shape, generator=generator) * 0.02
            names = [f"<0x{byte:02X}>" for byte in range(256)]
            tensors[name][AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids(names)] = 0
        elif name.endswith("model.norm.weight"):
            tensors[name] = torch.full(tensor.shape, 8.0)
    save_file(tensors, weights, metadata=metadata)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_model(tmp_path_factory.mktemp("parity") / "model", seed=3).path
    sharpen(folder)
    return folder


@pytest.fixture(scope="module")
def reference(model: Path) -> HfEngine:
    return HfEngine(model)


@pytest.fixture(scope="module")
def served(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerEngine]:
    from tiny_model import ModelFolder

    gguf = convert(ConvertConfig(), model=ModelFolder(model), out_dir=tmp_path_factory.mktemp("run") / "gguf")
    with open_engine(gguf.file("model-f16.gguf"), gguf.file("mmproj-f16.gguf"), n_ctx=1024) as engine:
        yield engine


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_prompt_answer_and_probabilities_are_the_same(
    reference: HfEngine, served: ServerEngine, prompt: Prompt
) -> None:
    expected = reference.generate(prompt, max_tokens=8)
    answer = served.generate(prompt, max_tokens=8)
    (*_, last) = served.stream(prompt, max_tokens=1, temperature=0)
    assert last.usage is not None
    assert last.usage.prompt_tokens == len(reference.prompt_tokens(prompt))
    assert answer.tokens == expected.tokens
    assert answer.text == expected.text
    ids = [token for token in expected.tokens if token not in {1, reference.end_id}]
    ours, theirs = served.score(prompt, ids, top=10), reference.score(prompt, ids, top=10)
    for a, b in zip(ours.tokens, theirs.tokens, strict=True):
        assert a.id == b.id
        assert a.logprob == pytest.approx(b.logprob, abs=TOLERANCE)
    first, second = ours.tokens[0].top, theirs.tokens[0].top
    assert len(first) == len(second) == 10
    assert all(
        first[token] == pytest.approx(second[token], abs=TOLERANCE) for token in first if token in second
    )


def test_the_picture_changes_the_answer(reference: HfEngine, served: ServerEngine) -> None:
    """Otherwise the comparison above says nothing about pictures."""
    scores = [served.score(PROMPTS[name], "normal").logprob for name in ("square picture", "wide picture")]
    assert abs(scores[0] - scores[1]) > 10 * TOLERANCE


@pytest.mark.parametrize("answer", ["high", "The ecg shows sinus rhythm.", ""])
@pytest.mark.parametrize("prompt", ["text", "wide picture"])
def test_a_given_answer_has_the_same_probability(
    reference: HfEngine, served: ServerEngine, prompt: str, answer: str
) -> None:
    ours = served.score(PROMPTS[prompt], answer)
    theirs = reference.score(PROMPTS[prompt], answer)
    assert [token.id for token in ours.tokens] == [token.id for token in theirs.tokens]
    assert ours.logprob == pytest.approx(theirs.logprob, abs=TOLERANCE * len(ours.tokens))


def test_without_the_newlines_around_a_picture_the_numbers_differ(
    reference: HfEngine, served: ServerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = PROMPTS["square picture"]
    expected = reference.score(prompt, "normal").logprob
    monkeypatch.setattr(chat, "server_image", lambda marker: marker)
    assert abs(served.score(prompt, "normal").logprob - expected) > TOLERANCE


def test_a_picture_that_is_not_made_square_gives_other_numbers(
    reference: HfEngine, served: ServerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64

    from bedside.engine import wire

    prompt = PROMPTS["wide picture"]
    expected = reference.score(prompt, "normal").logprob
    monkeypatch.setattr(wire, "encoded", lambda data, size: base64.b64encode(data).decode())
    assert abs(served.score(prompt, "normal").logprob - expected) > TOLERANCE


def test_an_answer_with_a_character_outside_the_vocabulary_is_refused(served: ServerEngine) -> None:
    with pytest.raises(ToolError, match="not in the model's vocabulary"):
        served.score(PROMPTS["text"], "é")


def test_scores_do_not_depend_on_what_was_asked_before(served: ServerEngine) -> None:
    prompt = PROMPTS["wide picture"]
    before = served.score(prompt, "normal").logprob
    served.score(PROMPTS["tall picture"], "slow")
    served.score(PROMPTS["text"], "slow")
    assert served.score(prompt, "normal").logprob == pytest.approx(before, abs=1e-5)
