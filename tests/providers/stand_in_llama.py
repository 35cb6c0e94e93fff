"""Stands in for _llama.py where a test is about the process, not the model: the same orders, lease, key and wire.

Answers with its pid, except to prompts that say `hold` (one word, then nothing), `crash` (one word, then the end of
the process) or `hang up` (no answer, the first time), and weights that cannot be loaded (an empty file).
Weights that read `GGUFhold` do to every prompt what `hold` does.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    key = ""
    mood = ""
    hang_ups = 1

    def do_GET(self) -> None:
        self._answer(200 if self._allowed() else 401)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = self.mood or asked["messages"][-1]["content"]
        if text == "hang up" and Handler.hang_ups:
            Handler.hang_ups -= 1
            return
        self._answer(200 if self._allowed() else 401)
        self._say({"choices": [{"index": 0, "delta": {"content": str(os.getpid())}}]})
        if text == "crash":
            os._exit(1)
        while text == "hold":
            time.sleep(0.01)
            self._say({"choices": []})
        self._say({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def _allowed(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.key}"

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def _say(self, chunk: object) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None: ...


class Silent(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are expected."""


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    if os.path.getsize(orders["weights"]) == 0:
        raise SystemExit("failed to load model")
    Handler.key = orders["key"]
    Handler.mood = Path(orders["weights"]).read_text().removeprefix("GGUF")
    server = Silent(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(orders["lease"], "ab") as lease:
        print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
        fcntl.flock(lease, fcntl.LOCK_EX)
        os._exit(0)


if __name__ == "__main__":
    main()
