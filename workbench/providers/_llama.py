"""The process that serves one local model: llama.cpp's own OpenAI server on a loopback port, behind a key.

Run as a script by _server.py, in a process of its own so that a crash inside native code ends nothing else. Takes
its orders as one JSON line on stdin (a key among the arguments would be seen by other users), answers with one on
stdout, and lives for as long as any process holds the lease file locked: the kernel drops that lock however its
holder ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from typing import Any

PROMPT_CACHE_MIB = 256
"""Memory for prompts of conversations that left their slot. llama.cpp would take 8 GiB."""

HTTP_THREADS = 32
"""Each streamed or waiting answer holds one, whichever process asked; by default there are four."""


def parameters(orders: dict[str, Any]) -> Any:
    """llama.cpp's parameters. `context` is in tokens, for each of the `slots` answers written at once."""
    import xllamacpp

    p = xllamacpp.CommonParams()
    p.model.path = orders["weights"]
    p.model_alias = {orders["name"]}
    p.api_keys = [orders["key"]]
    p.n_parallel, p.n_ctx = orders["slots"], orders["slots"] * orders["context"]
    p.cpuparams.n_threads, p.cpuparams_batch.n_threads = orders["threads"], orders["prompt_threads"]
    p.n_threads_http = HTTP_THREADS
    p.cache_ram_mib = PROMPT_CACHE_MIB
    p.fit_params = False  # would lower the context, unasked, to what it thinks the memory holds
    p.verbosity, p.offline, p.ui, p.endpoint_slots, p.cors_origins = 0, True, False, False, "null"
    return p


def main() -> None:
    import xllamacpp

    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what native code prints goes to the log
    orders = json.loads(sys.stdin.readline())
    with open(orders["lease"], "ab") as lease, answer:
        server = xllamacpp.Server(parameters(orders))
        print(json.dumps({"url": server.listening_address}), file=answer, flush=True)
        fcntl.flock(lease, fcntl.LOCK_EX)  # granted once nobody uses this server any more
        os._exit(0)  # not by dropping `server`: that waits for answers nobody reads


if __name__ == "__main__":
    main()
