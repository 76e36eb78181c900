"""llama.cpp's own HTTP server, run from its wheel in a process of its own.

Started by `server`; takes one JSON object of settings as its argument and prints the address once the model
is loaded. A crash or lack of memory inside llama.cpp ends only this process.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from bedside.extras import require

LISTENING = "listening on "
"""What stands before the address in the log; llama.cpp's own program writes the same words."""


def serve(settings: dict[str, Any]) -> None:
    """Load the model, answer requests, and return only with the end of the process.

    Args:
        settings: `model`, `mmproj` (or null), `n_ctx` (all slots together), `n_parallel`, `gpu_layers`,
            `threads` (or null), `alias`.
    """
    xllamacpp = require("xllamacpp", extra="serve", purpose="Serving a GGUF model")
    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    if settings["mmproj"] is not None:
        params.mmproj.path = settings["mmproj"]
        params.mmproj_use_gpu = settings["gpu_layers"] > 0
    params.model_alias = {settings["alias"]}
    params.n_ctx = settings["n_ctx"]
    params.n_parallel = settings["n_parallel"]
    params.n_gpu_layers = settings["gpu_layers"]
    params.swa_full = True
    params.fit_params = False
    params.port = 0
    params.ui = False
    if settings["threads"] is not None:
        params.cpuparams.n_threads = settings["threads"]
        params.cpuparams_batch.n_threads = settings["threads"]
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:  # the log says why; a traceback would push that out of sight
        sys.exit(f"error: {error}")
    sys.stderr.write(f"{LISTENING}{server.listening_address}\n")
    sys.stderr.flush()
    threading.Event().wait()


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
