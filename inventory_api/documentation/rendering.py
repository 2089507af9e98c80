"""Render Markdown as HTML.

The files can't contain HTML of their own, although they are part of the product: comments are dropped, and other HTML
is shown as text.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from core.http.error_pages import is_route
from inventory_api.documentation.anchors import PageSection, add_anchors, get_plain_text
from inventory_api.documentation.sources import resolve_link

COMMENT = re.compile(r"\s*<!--.*?-->\s*", re.DOTALL)
ADDRESS = re.compile(r"/(?:[\w-]+/)+")
# Matches the address of the demo in commands, except in those by which the machine itself checks its health.
DEMO_ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(?!/readyz)")
SERVED_ADDRESS = "http://address-of-this-service.invalid"  # replaced by the service's address when a page is served
LANGUAGES = {
    "": "Shell", "bash": "Shell", "sh": "Shell", "console": "Session", "text": "Output", "json": "JSON",
    "python": "Python", "javascript": "JavaScript", "typescript": "TypeScript",
}  # fmt: skip
OUTPUTS = ("console", "text")  # nobody copies text in these languages, so it gets no button
CODE_HEAD = '<div class="code-head">{}<button class="button" type="button" data-copies="{}" hidden>Copy</button></div>'


class Rendered(NamedTuple):
    """A page's HTML and its sections."""

    html: SafeString
    sections: list[PageSection]


class Renderer(RendererHTML):
    """A renderer that puts code and tables into boxes with their own scroll bars, and escapes HTML in the files."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        language, identifier = tokens[idx].info.strip(), f"code-{idx}"
        name = LANGUAGES.get(language, language)
        return format_html(
            '<div class="code">{}<pre id="{}" tabindex="0" role="group" aria-label="{}">{}</pre></div>\n',
            "" if language in OUTPUTS else format_html(CODE_HEAD, name, identifier), identifier, name,
            DEMO_ADDRESS.sub(SERVED_ADDRESS, tokens[idx].content),
        )  # fmt: skip

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        name = "wide" if tokens[idx].meta.get("codes") else "scroll"
        return f'<div class="{name}" tabindex="0" role="group" aria-label="Table">\n<table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table>\n</div>\n"

    def html_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return escape(COMMENT.sub("", tokens[idx].content))

    html_inline = html_block


MARKDOWN = MarkdownIt("commonmark", renderer_cls=Renderer).enable("table")


def render(text: str, source: str) -> Rendered:
    """Return the page of the file `source`, which has this text."""
    tokens = MARKDOWN.parse(text)
    for place, token in enumerate(tokens):
        if align := token.attrs.pop("style", None):  # the style of a cell is replaced by a class
            token.attrSet("class", str(align).replace("text-align:", "align-"))
        if token.children:
            token.children = rewrite_links(token.children, source)
            if tokens[place - 1].type != "heading_open":
                token.children = list(link_routes(token.children))
    sections = add_anchors(tokens)
    return Rendered(mark_safe(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})), sections)  # noqa: S308


def rewrite_links(line: Sequence[Token], source: str) -> list[Token]:
    """Return the line with the addresses of the pages. A link to a file that is not a page becomes the file's path."""
    result: list[Token] = []
    file, start = "", 0
    for token in line:
        if token.type == "image":
            token.attrs["src"] = resolve_link(str(token.attrs["src"]), source).address
        elif token.type == "link_open":
            token.attrs["href"], file = resolve_link(str(token.attrs["href"]), source)
            start = len(result)
        if token.type == "link_close" and file:
            result[start:] = name_file(result[start + 1 :], file)
            file = ""
        else:
            result.append(token)
    return result


def link_routes(line: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens of the line, with links around addresses of this service, such as `/api/products/`."""
    depth = 0  # the number of links around the present token
    for token in line:
        depth += token.nesting if token.tag == "a" else 0
        if token.type == "code_inline" and not depth and ADDRESS.fullmatch(token.content) and is_route(token.content):
            yield Token("link_open", "a", 1, attrs={"href": token.content})
            yield token
            yield Token("link_close", "a", -1)
        else:
            yield token


def name_file(text: list[Token], file: str) -> list[Token]:
    """Return the text of a link, and the path of the file that it led to."""
    path = Token("code_inline", "code", 0, content=file)
    if get_plain_text(text) == file:
        return [path]
    return [*text, Token("text", "", 0, content=" ("), path, Token("text", "", 0, content=")")]
