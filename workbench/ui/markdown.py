"""Answers are untrusted: Markdown becomes HTML that can do nothing but be read.

CommonMark with tables through markdown-it-py (raw HTML is escaped), then nh3 with a short list of tags. What is left
makes no request by itself: no images, media, forms, inline style, ids, classes (but a code block's language) or pings.
Links stay, open elsewhere, and tell nobody where they were clicked.
"""

from __future__ import annotations

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt

TAGS = frozenset(
    [
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
        "del",
        "s",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ]
)
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}}
SCHEMES = {"http", "https", "mailto"}
LANGUAGE = re.compile(r"language-[\w+#.-]{1,30}")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
MAX_RENDERED = 200_000
"""Characters of one piece that are formatted; what is beyond is shown as it is."""


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 30})
    parser.enable(["table", "strikethrough"])
    parser.disable(["image"])
    return parser


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "code" and name == "class":
        return value if LANGUAGE.fullmatch(value) else None
    return value


def to_html(text: str) -> str:
    """Sanitised HTML of a Markdown text."""
    if len(text) > MAX_RENDERED:
        return f"<pre><code>{nh3.clean_text(text)}</code></pre>"
    return nh3.clean(
        _parser().render(text.replace("\0", "\ufffd")),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank", "referrerpolicy": "no-referrer"}},
    )


class Blocks:
    """Markdown that is still being written: closed blocks are rendered once, the open end stays plain text.

    So the work grows with the text and not with its square. At the end the whole text is rendered once more, since a
    few constructs (a list broken by a blank line, a late link reference) can only be told then.
    """

    def __init__(self) -> None:
        self.tail = ""

    def add(self, text: str) -> str:
        """Take more text; HTML of the blocks that it closed, maybe empty."""
        self.tail += text
        if "\n" not in text and not self.tail.endswith("\n"):
            return ""
        cut = self._last_boundary()
        if not cut:
            return ""
        closed, self.tail = self.tail[:cut], self.tail[cut:]
        return to_html(closed)

    def _last_boundary(self) -> int:
        cut = self.tail.rfind("\n\n")
        while cut > 0:
            if len(FENCE.findall(self.tail, 0, cut)) % 2 == 0:
                return cut + 2
            cut = self.tail.rfind("\n\n", 0, cut)
        return 0
