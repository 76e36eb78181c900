"""Engine: something that answers a prompt and scores a given answer.

Two engines follow one protocol: `ServerEngine` asks a llama.cpp server over HTTP (the file that ships),
`HfEngine` runs the transformers model in this process (the reference). Both render prompts with `chat`
and prepare pictures with `prompts`, so they see the same input.
"""

from bedside.engine.hf_engine import HfEngine
from bedside.engine.protocol import Answer, Engine, Piece, Prompt, Score, TokenScore, Usage
from bedside.engine.server_engine import ServerEngine, open_engine

__all__ = [
    "Answer",
    "Engine",
    "HfEngine",
    "Piece",
    "Prompt",
    "Score",
    "ServerEngine",
    "TokenScore",
    "Usage",
    "open_engine",
]
