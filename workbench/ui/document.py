"""What the page shows of one comparison, as one JSON document; and patches, which bring it up to date.

The server keeps the document by applying the same patches that it sends, so a page that comes late is given the
document, and one that was cut off the patches it missed.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]
Patch = dict[str, Any]


def empty(comparison_id: str, blind: bool) -> Document:
    return {"id": comparison_id, "blind": blind, "revealed": False, "busy": False, "turns": [], "columns": []}


def apply(document: Document, patch: Patch) -> None:
    """Bring the document up to date, in place.

    `set` assigns fields of the document; `add_turn` appends a turn; `turn` names the turn that `columns` and `vote`
    change; in a column `set` assigns, then `html_add` and `tail_add` append.
    """
    document.update(patch.get("set", {}))
    if "add_turn" in patch:
        document["turns"].append(patch["add_turn"])
    if "turn" not in patch:
        return
    turn = document["turns"][patch["turn"]]
    turn["vote"].update(patch.get("vote", {}))
    for letter, change in patch.get("columns", {}).items():
        column = turn["columns"][letter]
        column.update(change.get("set", {}))
        column["html"] += change.get("html_add", "")
        column["tail"] += change.get("tail_add", "")
