"""Predictions of a strategy over a data set, as files in the forms that three public leaderboards read.

routerarena: github.com/RouteWorks/RouterArena (README, steps 2 and 3; router_inference/check_config_prediction_files.py;
    llm_evaluation/run.py): config, prices and a list of predictions with `generated_result`. Its checker wants the global indices
    and prompts of its own 809 or 8,400 queries: they are what the data set's query_id and prompt hold if it was made of them. It
    prices one call of the named model, so a strategy that made several calls is refused.
routerbench: github.com/withmartian/routerbench (evaluate_routers.py, evaluate_utils.py): the long CSV of performance and total
    cost by task and model that its plots read, single models and oracle included, and which model each query went to.
    `willingness_to_pay` is 1 / (what a dollar must buy), from the mean cost of the dearest model of the whole data set, where each fold
    has its own; for a parameter that is no lambda it is that parameter's value, since the plots want a number there.
llmrouterbench: github.com/ynulihao/LLMRouterBench (README, data_collector/storage.py, baselines/data_loader.py): a result file for
    every dataset and split, in which the router stands where a model would. Right answers are not in a data set: ground_truth is empty.

Read from those repositories' code in 2026; none of these files was submitted to a leaderboard or run through its tools.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import BadInput
from workbench.settings import Settings

from .benchmark import Request, judge
from .judged import Judged
from .replay import LAMBDA, Entrant, Sweep, Track
from .rerun import SEVERAL
from .specs import registry

FORMATS = ("routerarena", "routerbench", "llmrouterbench")
STEPS = 21
"""Values of lambda in a RouterBench export, unless told otherwise."""
CHEAPEST, DEAREST = 1e-10, 1e9
"""Ends of RouterBench's own list of willingness to pay."""
Files = Iterator[tuple[str, str]]
"""Paths inside the folder, and what the files hold."""


def export(format: str, request: Request, settings: Settings, folder: Path, router: str) -> list[Path]:
    """Replay the request's one strategy and write its predictions. Returns the files, in order.

    Raises BadInput where the format cannot hold what the strategy does, and what `benchmark.judge` raises.
    """
    if not re.fullmatch(r"\w[\w.-]*", router):
        raise BadInput(f"--router {router!r} must be a plain name: it becomes the name of files")
    (entrant,) = request.entrants
    found = judge(_with(request, settled(entrant, format)), settings)
    made: dict[str, Callable[[Judged, str], Files]] = {
        "routerarena": _routerarena,
        "routerbench": _routerbench,
        "llmrouterbench": _llmrouterbench,
    }
    return [_written(folder / name, text) for name, text in made[format](found, router)]


def settled(entrant: Entrant, format: str) -> Entrant:
    """The entrant with the sweep that its format can hold: RouterBench a curve, the others one setting."""
    knob = next((p for p in registry().params(entrant.strategy) if p.name == LAMBDA), None)
    if format == "routerbench":
        sweep = entrant.sweep or (Sweep(LAMBDA, 0.0, 1.0, STEPS) if knob else None)
        return Entrant(entrant.strategy, entrant.params, sweep)
    if entrant.sweep:
        raise BadInput(
            f"{format} takes one setting of a strategy: name it as NAME:{entrant.sweep.param}=0.5, without --sweep"
        )
    value = float(entrant.params.get(LAMBDA, knob.default)) if knob else 0.0
    return Entrant(entrant.strategy, entrant.params, Sweep(LAMBDA, value, value, 1) if knob else None)


def _with(request: Request, entrant: Entrant) -> Request:
    return Request(request.data, [entrant], request.folds, request.seed, request.models)


def _written(path: Path, text: str) -> Path:
    """Beside its place first, so that a failure leaves the file that was there."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, encoding="utf-8", newline="")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}; choose another --out") from None
    return path


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _routerarena(found: Judged, router: str) -> Files:
    track, recorded = found.tracks[0], found.recorded
    if (track.calls > 1).any() or (track.choices == SEVERAL).any():
        raise BadInput(
            f"RouterArena prices one call of the model it is told, and {track.entrant.strategy} makes several calls or failed: "
            "export it as routerbench or llmrouterbench"
        )
    models = list(recorded.ids)
    prices = {
        m.id: {"input_token_price_per_million": m.price_in, "output_token_price_per_million": m.price_out}
        for m in recorded.models
    }
    yield (
        f"router_inference/config/{router}.json",
        _json({"pipeline_params": {"router_name": router, "models": models}}),
    )
    yield "model_cost/cost.json", _json(prices)
    yield (
        f"router_inference/predictions/{router}.json",
        _json([_prediction(found, row) for row in range(len(recorded))]),
    )


def _prediction(found: Judged, row: int) -> dict[str, Any]:
    recorded, col = found.recorded, int(found.tracks[0].choices[0, row])
    tokens_in, tokens_out = (int(n) for n in recorded.tokens[row, col])
    error = recorded.errors[row, col]
    return {
        "global index": recorded.prompts[row].id,
        "prompt": recorded.prompts[row].text,
        "prediction": recorded.ids[col],
        "generated_result": {
            "generated_answer": recorded.texts[row, col],
            "success": not error,
            "token_usage": {
                "input_tokens": tokens_in,
                "output_tokens": tokens_out,
                "total_tokens": tokens_in + tokens_out,
            },
            "error": error or None,
        },
        "cost": float(recorded.cost[row, col]),
        "accuracy": float(recorded.quality[row, col]),
        "for_optimality": False,
    }


def _routerbench(found: Judged, router: str) -> Files:
    import polars as pl

    track, recorded = found.tracks[0], found.recorded
    param = track.entrant.sweep.param if track.entrant.sweep else ""
    tasks = recorded.categories.astype(str)
    rows = [*_singles(found, tasks), *_settings(found, tasks, router, param)]
    yield f"eval_results/{router}.csv", pl.DataFrame(rows, infer_schema_length=None).write_csv()
    columns: dict[str, Any] = {"sample_id": [p.id for p in recorded.prompts], "eval_name": tasks.tolist()}
    names = np.array([*recorded.ids, *[""] * (SEVERAL + 1 - len(recorded.ids))], dtype=object)
    for at, value in enumerate(track.values):
        name = f"{router}|{param}:{value:g}" if param else router
        columns[name] = names[track.choices[at]].tolist()
        columns[f"{name}|total_cost"] = track.cost[at].tolist()
    yield f"routed/{router}.csv", pl.DataFrame(columns).write_csv()


def _singles(found: Judged, tasks: Any) -> Iterator[dict[str, Any]]:
    """Every model alone, and the oracle: the cheapest of the best, which pays nothing where no model is right."""
    recorded = found.recorded
    best = recorded.quality.max(axis=1)
    cheapest = np.where(recorded.quality == best[:, None], recorded.cost, np.inf).min(axis=1)
    columns = {m: (recorded.quality[:, i], recorded.cost[:, i]) for i, m in enumerate(recorded.ids)}
    columns["oracle"] = (best, np.where(best > 0, cheapest, 0.0))
    for name, (quality, cost) in columns.items():
        yield from (_task(t, tasks, name, quality, cost) | {"willingness_to_pay": None} for t in sorted(set(tasks)))


def _settings(found: Judged, tasks: Any, router: str, param: str) -> Iterator[dict[str, Any]]:
    track = found.tracks[0]
    for at, value in enumerate(track.values):
        pays = {
            "willingness_to_pay": willingness(value, found.range[1]) if param == LAMBDA else value if param else 1.0
        }
        for task in sorted(set(tasks)):
            yield _task(task, tasks, router, track.quality[at], track.cost[at]) | pays


def _task(task: str, tasks: Any, name: str, quality: Any, cost: Any) -> dict[str, Any]:
    there = tasks == task
    figures = {"performance": float(quality[there].mean()), "total_cost": float(cost[there].sum())}
    return {"eval_name": task, "model_name": name, **figures}


def willingness(lambda_: float, scale: float) -> float:
    """USD that one unit of quality may cost at a lambda, within the ends of RouterBench's own list."""
    if lambda_ in (0.0, 1.0):
        return DEAREST if lambda_ == 0 else CHEAPEST
    return min(DEAREST, max(CHEAPEST, scale * (1 - lambda_) / lambda_))


def _llmrouterbench(found: Judged, router: str) -> Files:
    ids = [p.id for p in found.recorded.prompts]
    about = _about(found, ids)
    stamp = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    for dataset, split in sorted(set(about)):
        rows = [row for row, place in enumerate(about) if place == (dataset, split)]
        name = f"{dataset}-{split}-{router}-{stamp}.json"
        yield f"results/bench/{dataset}/{split}/{router}/{name}", _json(_result(found, rows, router, dataset, split))


def _about(found: Judged, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Dataset and split of every prompt, as names of folders."""
    frame = found.data.frame.unique("query_id", keep="first", maintain_order=True)
    known: Mapping[str, tuple[str, str]] = {
        query: (_folder(dataset or found.data.name), _folder(split or "test"))
        for query, dataset, split in frame.select("query_id", "dataset", "split").iter_rows()
    }
    return [known[query] for query in ids]


def _folder(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name).lstrip(".") or "unnamed"


def _result(found: Judged, rows: Sequence[int], router: str, dataset: str, split: str) -> dict[str, Any]:
    records = [_record(found, index, row) for index, row in enumerate(rows)]
    latency = np.nan_to_num(found.tracks[0].latency[0, list(rows)])
    sums = {name: sum(r[name] for r in records) for name in ("prompt_tokens", "completion_tokens", "cost")}
    return {
        "performance": float(np.mean([r["score"] for r in records])),
        "time_taken": float(latency.sum()),
        **sums,
        "counts": len(records),
        "model_name": router,
        "dataset_name": dataset,
        "split": split,
        "demo": False,
        "extra_metrics": {},
        "data_fingerprint": found.data.key,
        "records": records,
    }


def _record(found: Judged, index: int, row: int) -> dict[str, Any]:
    """Tokens and words are the answering model's, cost is of all calls."""
    track, recorded = found.tracks[0], found.recorded
    model, tokens, text = _answered(track, recorded, row)
    return {
        "index": index,
        "origin_query": recorded.prompts[row].text,
        "prompt": recorded.prompts[row].text,
        "prompt_tokens": int(tokens[0]),
        "completion_tokens": int(tokens[1]),
        "cost": float(track.cost[0, row]),
        "score": float(track.quality[0, row]),
        "prediction": text,
        "ground_truth": "",
        "raw_output": text,
        "extra_fields": {"routed_model": model, "calls": int(track.calls[0, row])},
    }


def _answered(track: Track, recorded: Any, row: int) -> tuple[str, Any, str]:
    col = int(track.choices[0, row])
    if col == SEVERAL:
        return "", (0, 0), ""
    return recorded.ids[col], recorded.tokens[row, col], recorded.texts[row, col]
