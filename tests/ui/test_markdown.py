"""Answers are shown, never obeyed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.markdown import MAX_RENDERED, TAGS, Blocks, to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](https://evil.example/p.png)",
    "<svg/onload=alert(1)>",
    "[go](javascript:alert(1))",
    "[go](data:text/html,<script>alert(1)</script>)",
    '<a href="https://a.example" ping="https://evil.example">x</a>',
    '<form action="https://evil.example"><input name=q></form>',
    '<div style="position:fixed;inset:0;background:url(https://evil.example/x)">x</div>',
    '<iframe src="https://evil.example"></iframe>',
    '<p id="composer" class="vote">x</p>',
    "<style>@import url(https://evil.example/x.css)</style>",
    "<video src=https://evil.example/v.mp4 autoplay></video>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '```"><script>alert(1)</script>\nx\n```',
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
]


def tags(html: str) -> list[tuple[str, str]]:
    return re.findall(r"<([a-z0-9]+)([^>]*)>", html)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markup_is_shown_as_text(text: str) -> None:
    for tag, attributes in tags(to_html(text)):
        assert tag in TAGS
        assert not re.search(r"\s(on\w+|style|id|src|srcset|ping|action)=", attributes)
        assert "javascript:" not in attributes
        assert "data:" not in attributes


@given(st.text(alphabet=st.sampled_from("<>\"'=/ \n`!()[]:ascriptonloadimgx*_#-&;"), max_size=200))
def test_no_text_makes_a_tag_or_attribute_outside_the_list(text: str) -> None:
    for tag, attributes in tags(to_html(text)):
        assert tag in TAGS
        assert not re.search(r"\s(on\w+|style|id|src)=", attributes)


def test_ordinary_markdown_is_formatted() -> None:
    html = to_html("# Title\n\n**bold** `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```")
    for piece in ("<h1>Title</h1>", "<strong>bold</strong>", "<td>2</td>", '<code class="language-python">x = 1'):
        assert piece in html


def test_links_open_elsewhere_and_tell_nobody() -> None:
    html = to_html("[a](https://a.example)")
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'target="_blank"' in html


def test_a_huge_answer_is_shown_unformatted_and_whole() -> None:
    html = to_html("*x*" * MAX_RENDERED)
    assert html.count("*x*") == MAX_RENDERED
    assert "<em>" not in html


def test_blocks_lose_no_words_however_the_text_is_cut() -> None:
    text = "First para.\n\nSecond **bold**.\n\n```py\na\n\nb\n```\n\nLast"
    for step in range(1, len(text)):
        blocks = Blocks()
        html = "".join(blocks.add(text[i : i + step]) for i in range(0, len(text), step))
        words = re.sub(r"<[^>]+>", "", html) + blocks.tail
        assert words.split() == ["First", "para.", "Second", "bold.", "a", "b", "Last"] or "```" in blocks.tail


def test_an_open_code_block_is_not_cut_at_a_blank_line() -> None:
    blocks = Blocks()
    assert blocks.add("```py\na\n\nb\n\n") == ""
    assert "<pre><code" in blocks.add("```\n\n")
    assert blocks.tail == ""
