"""Render Markdown as HTML. HTML in the files is shown as text, except for comments, which are dropped."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import is_valid_path, resolve
from django.utils import translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from core.texts.locales import ENGLISH, LANGUAGES
from users.access.permissions import routes

FOLDER = "docs"
PAGES = "/docs/"
README = "README.md"  # the index of its folder
INDEX = f"{FOLDER}/{README}"
FILES_OUTSIDE = {"README.md": "readme/", "CHANGELOG.md": "changelog/", "SECURITY.md": "security/"}
PICTURE_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


class LinkTarget(NamedTuple):
    """The target of a link: an address, or a file of the repository that is not a page."""

    address: str
    file: str


@cache
def find_sources() -> dict[str, str]:
    """Return the address below /docs/ of each Markdown file, by its path in the repository."""
    files = sorted((settings.BASE_DIR / FOLDER).rglob("*.md"))
    paths = [file.relative_to(settings.BASE_DIR).as_posix() for file in files]
    return {path: find_page_address(path.removeprefix(f"{FOLDER}/")) for path in paths} | FILES_OUTSIDE


def find_language(address: str) -> str:
    """Return the language of the page at this address below /docs/: that of its folder, or English."""
    folder = address.partition("/")[0]
    return folder if folder in LANGUAGES else ENGLISH


def find_page_address(path: str) -> str:
    """Return the address below /docs/ of a file in docs/. A folder's README has the address of the folder."""
    folder, name = posixpath.split(path)
    return f"{folder}/".lstrip("/") if name == README else f"{path.removesuffix('.md')}/"


@cache
def find_pictures() -> frozenset[str]:
    folder = settings.BASE_DIR / FOLDER
    return frozenset(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.suffix in PICTURE_TYPES)


def read_source(path: str) -> str:
    return (settings.BASE_DIR / path).read_text(encoding="utf-8")


def resolve_link(link: str, source: str) -> LinkTarget:
    """Return the target of a link in the file `source`. Links are relative to the file's folder."""
    path, mark, anchor = link.partition("#")
    if not path or path.startswith(("/", "https://", "http://", "mailto:")):
        return LinkTarget(link, "")
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if file.startswith(FOLDER) and f"{file}/{README}" in find_sources():
        file = f"{file}/{README}"
    if file in find_sources():
        return LinkTarget(f"/docs/{find_sources()[file]}{mark}{anchor}", "")
    is_picture = file.removeprefix(f"{FOLDER}/") in find_pictures()
    return LinkTarget(f"/{file}", "") if is_picture else LinkTarget("", file)


NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
ROW = 0  # the level of an error code, which is below any heading
# A comment below a heading has the words of people who look for its section: `<!-- asks: refund, swap -->`, and in a
# language without the page `<!-- asks de: Umtausch -->`.
ASKS = re.compile(r"<!-- asks(?: (\w+))?: (.+?) -->", re.DOTALL)
CODE_COLUMN = "code"  # the title of the first column in the table of error codes


@dataclass
class PageSection:
    """A heading of this level, or a row of the table of error codes, with the plain text below it."""

    level: int
    heading: str
    anchor: str
    texts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    asks: dict[str, str] = field(default_factory=dict)  # for the search, see ASKS: by language, "" for that of the page

    @cached_property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def get_plain_text(tokens: Sequence[Token]) -> str:
    """Return the text of these tokens without markup."""
    return "".join(" " if token.type.endswith("break") else token.content for token in tokens)


def add_anchors(tokens: Sequence[Token]) -> list[PageSection]:
    """Give each heading and each error code an anchor that links to itself. Return the sections of the page."""
    sections: list[PageSection] = []
    taken: Counter[str] = Counter()
    add_code_anchors(tokens)
    for place, token in enumerate(tokens):
        line = tokens[place + 1] if token.nesting == 1 else token
        if token.type == "heading_open":
            heading = get_plain_text(line.children or [])
            token.attrSet("id", make_anchor(heading, taken))
            sections.append(PageSection(int(token.tag[1]), heading, str(token.attrs["id"])))
            link_to_itself(line, str(token.attrs["id"]))
        elif token.type == "tr_open" and "id" in token.attrs:
            code = str(token.attrs["id"])
            sections.append(PageSection(ROW, code, code))
        elif sections and token.type in ("inline", "fence") and tokens[place - 1].type != "heading_open":
            texts = sections[-1].codes if token.type == "fence" else sections[-1].texts
            texts.append(get_plain_text(token.children or [token]))
        elif sections and token.type == "html_block":
            sections[-1].asks |= dict(ASKS.findall(token.content))
    return sections


def make_anchor(heading: str, taken: Counter[str]) -> str:
    """Return the anchor that GitHub makes of the heading, so that links work there and here."""
    anchor = NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")
    taken[anchor] += 1
    return f"{anchor}-{taken[anchor] - 1}" if taken[anchor] > 1 else anchor


def link_to_itself(line: Token, anchor: str) -> None:
    opened = Token("link_open", "a", 1, attrs={"href": f"#{anchor}"})
    line.children = [opened, *(line.children or []), Token("link_close", "a", -1)]


def add_code_anchors(tokens: Sequence[Token]) -> None:
    """Give each row of a table of error codes its code as anchor. The code is the heading of the row's section."""
    is_codes = False
    for place, token in enumerate(tokens):
        if token.type == "table_open":  # followed by thead, tr, th and the text of the first cell
            token.meta["codes"] = is_codes = tokens[place + 4].content == CODE_COLUMN
        elif token.type == "tr_open" and is_codes and tokens[place + 1].type == "td_open":
            cell, line, end = tokens[place + 1 : place + 4]
            token.attrSet("id", get_plain_text(line.children or []))
            link_to_itself(line, str(token.attrs["id"]))
            cell.tag = end.tag = "th"
            cell.attrSet("scope", "row")


COMMENT = re.compile(r"\s*<!--.*?-->\s*", re.DOTALL)
ADDRESS = re.compile(r"/(?:[\w-]+/)+")
# Matches the address of the demo in commands, except in those by which the machine itself checks its health.
DEMO_ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(?!/readyz)")
SERVED_ADDRESS = "http://address-of-this-service.invalid"  # replaced by the service's address when a page is served
CODE_NAMES = {
    "": "Shell", "bash": "Shell", "sh": "Shell", "console": "Session", "text": "Output", "json": "JSON",
    "python": "Python", "javascript": "JavaScript", "typescript": "TypeScript",
}  # fmt: skip
OUTPUTS = ("console", "text")  # nobody copies text in these languages, so it gets no button
CODE_HEAD = '<div class="code-head">{}<button class="button" type="button" data-copies="{}" hidden>{}</button></div>'


class Rendered(NamedTuple):
    html: SafeString
    sections: list[PageSection]


class Renderer(RendererHTML):
    """A renderer that puts code and tables into boxes with their own scroll bars, and escapes HTML in the files."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        language, identifier = tokens[idx].info.strip(), f"code-{idx}"
        name = CODE_NAMES.get(language, language)
        return format_html(
            '<div class="code">{}<pre id="{}" tabindex="0" role="group" aria-label="{}">{}</pre></div>\n',
            "" if language in OUTPUTS else format_html(CODE_HEAD, name, identifier, _("Copy")),
            identifier,
            name,
            DEMO_ADDRESS.sub(SERVED_ADDRESS, tokens[idx].content),
        )

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return format_html("<code>{}</code>", DEMO_ADDRESS.sub(SERVED_ADDRESS, tokens[idx].content))

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        name = "wide" if tokens[idx].meta.get("codes") else "scroll"
        return f'<div class="{name}" tabindex="0" role="group" aria-label="{escape(_("Table"))}">\n<table>\n'

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
    with translation.override(find_language(source.removeprefix(f"{FOLDER}/"))):
        html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return Rendered(mark_safe(html), sections)  # noqa: S308


def rewrite_links(line: Sequence[Token], source: str) -> list[Token]:
    """Return the line with the addresses of the pages. A link to a page in another language names the language.

    A link to a file that is not a page becomes the file's path.
    """
    result: list[Token] = []
    file, language, start = "", "", 0
    for token in line:
        if token.type == "image":
            token.attrs["src"] = resolve_link(str(token.attrs["src"]), source).address
        elif token.type == "link_open":
            token.attrs["href"], file = resolve_link(str(token.attrs["href"]), source)
            language = find_other_language(str(token.attrs["href"]), source)
            start = len(result)
            if language:
                token.attrs["hreflang"] = language
        if token.type == "link_close" and file:
            result[start:] = name_file(result[start + 1 :], file)
            file = ""
        elif token.type == "link_close" and language:
            result += [Token("text", "", 0, content=f" ({LANGUAGES[language]})"), token]
        else:
            result.append(token)
    return result


def find_other_language(address: str, source: str) -> str:
    """Return the language of the page at this address, or "" if the file `source` has the same or it is no page."""
    if not address.startswith(PAGES):
        return ""
    language = find_language(address.removeprefix(PAGES))
    return "" if language == find_language(source.removeprefix(f"{FOLDER}/")) else language


def link_routes(line: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens of the line, with links around addresses of this service, such as `/api/products/`."""
    depth = 0  # the number of links around the present token
    for token in line:
        depth += token.nesting if token.tag == "a" else 0
        is_code = token.type == "code_inline" and not depth
        if is_code and ADDRESS.fullmatch(token.content) and can_be_opened(token.content):
            yield Token("link_open", "a", 1, attrs={"href": token.content})
            yield token
            yield Token("link_close", "a", -1)
        else:
            yield token


def can_be_opened(address: str) -> bool:
    """Return whether the service has something at this address that a browser can get."""
    if not is_valid_path(address):
        return False
    route = routes().get(str(resolve(address).url_name))
    return route is None or "GET" in route.roles


def name_file(text: list[Token], file: str) -> list[Token]:
    """Return the text of a link, and the path of the file that it led to."""
    path = Token("code_inline", "code", 0, content=file)
    if get_plain_text(text) == file:
        return [path]
    return [*text, Token("text", "", 0, content=" ("), path, Token("text", "", 0, content=")")]
