"""llama.cpp's converter, run several times in one process of its own.

Importing torch and transformers takes the converter longer than converting a small model; a vision model
needs it twice, once for the language model and once for the projector. Started by `convert`; knows only
that the converter has a `main()` that reads `sys.argv`.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path


def convert_all(script: Path, command_lines: Sequence[Sequence[str]]) -> None:
    """Run the converter once for each list of arguments."""
    sys.path.insert(0, str(script.parent))
    converter = importlib.import_module(script.stem)
    for arguments in command_lines:
        sys.argv = [str(script), *arguments]
        converter.main()


if __name__ == "__main__":
    convert_all(Path(sys.argv[1]), json.loads(sys.argv[2]))
