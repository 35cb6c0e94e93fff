"""Any model of sentence-transformers as embedder: the reference for MiniLM's fast form, and the way to another model.

Needs torch, so it is an extra. Nothing is fetched: a model is a folder, or a name that is in the Hugging Face cache already.
"""

from __future__ import annotations

import hashlib
import importlib
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .embed import SENTENCE, Vectors
from .errors import BadInput
from .minilm import CHARACTERS

WEIGHTS = (".safetensors", ".bin")
BATCH = 32
"""Texts that go through the model together."""


class Sentence:
    """Loads on first use: 6 to 8 s and half a gigabyte; about 12 ms a short text on one thread. Safe to share by threads.

    Vectors are those of the whole model: whatever it does after pooling, then length 1. Unlike MiniLM's they may differ in
    their last digits with what stood beside a text in a batch.
    """

    def __init__(self, model: str | Path) -> None:
        """`model`: a folder, or a name of the Hugging Face hub."""
        self._model_name = str(model)
        self._loading = threading.Lock()

    @cached_property
    def name(self) -> str:
        """A folder's with a hash of its weights: other weights in the same place are another embedder."""
        files = sorted(file for end in WEIGHTS for file in Path(self._model_name).glob(f"**/*{end}"))
        digest = hashlib.blake2b(digest_size=6)
        for path in files:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "blake2b").digest())
        return f"{SENTENCE}{self._model_name}{f'#{digest.hexdigest()}' if files else ''}"

    @property
    def dim(self) -> int:
        return int(self._loaded().get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises BadInput where sentence-transformers or the model is not there."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        cut = [text[:CHARACTERS] for text in texts]
        found = self._loaded().encode(cut, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    def _loaded(self) -> Any:
        with self._loading:
            return self._model

    @cached_property
    def _model(self) -> Any:
        try:
            library = importlib.import_module("sentence_transformers")
        except ImportError:
            raise BadInput(
                "sentence-transformers is not installed: pip install sentence-transformers, or take the embedder that needs none"
            ) from None
        try:
            return library.SentenceTransformer(self._model_name, device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"no model {self._model_name!r} on this machine ({str(error).splitlines()[0]:.200}): name the folder it is in, "
                "or fetch it into the Hugging Face cache first"
            ) from None
