"""The pages, which are rendered once per process when the first of them is requested, and the search in them."""

import re
from functools import cache
from typing import NamedTuple

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from inventory_api.documentation import rendering

INDEX_GROUP = re.compile(r"^## (.+)$", re.MULTILINE)
INDEX_LINK = re.compile(r"\| \[(.+?)\]\((.+?)\) \|$", re.MULTILINE)

MAX_QUERY_LENGTH, MAX_WORDS, MAX_RESULTS = 200, 10, 40
EXCERPT_BEFORE, EXCERPT_LENGTH = 60, 220
WORD_START = r"(?<![^\W_])"  # "lock" finds "locked" and "stock_lock", but not "clock"


class IndexLink(NamedTuple):
    address: str
    text: str


class DocumentationPage(NamedTuple):
    address: str
    title: str
    html: SafeString
    sections: list[rendering.PageSection]
    parent: str  # the address of the list that the page belongs to, or ""

    def name_service(self, address: str) -> SafeString:
        """Return the HTML. In its commands, it has the address of the service, such as `http://127.0.0.1:9000`."""
        return mark_safe(self.html.replace(rendering.SERVED_ADDRESS, escape(address)))  # noqa: S308, the rest is rendered

    @property
    def outline(self) -> list[rendering.PageSection]:
        return [section for section in self.sections if section.level == 2]


@cache
def read_pages() -> dict[str, DocumentationPage]:
    """Return all pages by their address below /docs/."""
    return {address: read_page(source, address) for source, address in rendering.find_sources().items()}


def read_page(source: str, address: str) -> DocumentationPage:
    html, sections = rendering.render(rendering.read_source(source), source)
    parent = "/docs/decisions/" if address.startswith("decisions/") and address != "decisions/" else ""
    return DocumentationPage(f"/docs/{address}", sections[0].heading, html, sections, parent)


@cache
def read_contents() -> list[tuple[str, list[IndexLink]]]:
    """Return the groups of the index, each with its pages."""
    _, *parts = INDEX_GROUP.split(rendering.read_source(rendering.INDEX))
    return [(group, find_links(text)) for group, text in zip(parts[::2], parts[1::2], strict=True)]


def find_links(text: str) -> list[IndexLink]:
    return [
        IndexLink(rendering.resolve_link(link, rendering.INDEX).address, name[0].upper() + name[1:])
        for name, link in INDEX_LINK.findall(text)
    ]


class SearchResult(NamedTuple):
    """A section that was found, with the text around the first word.

    It has the page's title, unless that is its heading.
    """

    address: str
    page: str
    heading: SafeString
    excerpt: SafeString


def search_sections(query: str) -> list[SearchResult]:
    """Return the sections that contain all words of the query, or words that begin with them."""
    words = query[:MAX_QUERY_LENGTH].split()[:MAX_WORDS]
    patterns = [re.compile(WORD_START + re.escape(word), re.IGNORECASE) for word in words]
    by_heading, by_text = [], []
    for page in sort_pages():
        for section in page.sections:
            if not all(word.lower() in section.lower_case for word in words):
                continue  # this is much faster than the patterns, which also check that words begin there
            if all(pattern.search(section.heading) for pattern in patterns):
                by_heading.append((page, section))
            elif all(pattern.search(f"{section.heading}\n{section.text}") for pattern in patterns):
                by_text.append((page, section))
    found = [*by_heading, *by_text][:MAX_RESULTS]
    anything = re.compile("|".join(pattern.pattern for pattern in patterns), re.IGNORECASE)
    return [make_result(page, section, anything) for page, section in found] if words else []


def sort_pages() -> list[DocumentationPage]:
    """Return all pages. Those of the index come first, in its order."""
    addresses = [link.address for _, links in read_contents() for link in links]
    order = {address: place for place, address in enumerate(addresses)}
    return sorted(read_pages().values(), key=lambda page: order.get(page.address, len(order)))


def make_result(page: DocumentationPage, section: rendering.PageSection, words: re.Pattern[str]) -> SearchResult:
    first = words.search(section.text)
    start = max(0, first.start() - EXCERPT_BEFORE) if first else 0
    end = start + EXCERPT_LENGTH
    excerpt = f"{'…' if start else ''}{section.text[start:end]}{'…' if end < len(section.text) else ''}"
    address = f"{page.address}#{section.anchor}"
    title = "" if section.level == 1 else page.title
    return SearchResult(address, title, highlight(section.heading, words), highlight(excerpt, words))


def highlight(text: str, words: re.Pattern[str]) -> SafeString:
    """Return the text as HTML, with the words marked."""
    parts = re.split(f"({words.pattern})", text, flags=re.IGNORECASE)
    marked = [format_html("<mark>{}</mark>", part) if number % 2 else part for number, part in enumerate(parts)]
    return format_html_join("", "{}", ((part,) for part in marked))
