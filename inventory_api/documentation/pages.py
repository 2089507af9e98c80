"""The pages, which each process renders at the first request, and the addresses of moved ones."""

import re
import tomllib
from functools import cache
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api.documentation import rendering

# The new address of each page that was moved, and of each section, by the page and the anchor that it had.
MOVED: dict[str, str]
MOVED_SECTIONS: dict[str, dict[str, str]]
MOVED, MOVED_SECTIONS = tomllib.loads(rendering.read_source("docs/moved.toml")).values()
INDEX_GROUP = re.compile(r"^## (.+)$", re.MULTILINE)
INDEX_LINK = re.compile(r"^\| (.+?) \| (\[.+\)) \|$", re.MULTILINE)
LINK = re.compile(r"\[(.+?)\]\((.+?)\)")


class IndexLink(NamedTuple):
    address: str
    text: str
    description: str
    language: str

    @property
    def language_name(self) -> str:
        return LANGUAGES[self.language]


class DocumentationPage(NamedTuple):
    address: str
    title: str
    html: SafeString
    sections: list[rendering.PageSection]
    parent: str  # the address of the list that the page belongs to, or ""
    language: str

    def name_service(self, address: str) -> SafeString:
        """Return the HTML. In its commands, it has the address of the service, such as `http://127.0.0.1:9000`."""
        return mark_safe(self.html.replace(rendering.SERVED_ADDRESS, escape(address)))  # noqa: S308, the rest is rendered

    @property
    def outline(self) -> list[rendering.PageSection]:
        return [section for section in self.sections if section.level == 2]

    @property
    def moved(self) -> list[tuple[str, str, str]]:
        """Return the anchor of each section that the page had before, and the address and title of its new page."""
        sections = MOVED_SECTIONS.get(self.address.removeprefix(rendering.PAGES).rstrip("/"), {})
        titles = {anchor: read_pages()[now.partition("#")[0]].title for anchor, now in sections.items()}
        return [(anchor, f"{rendering.PAGES}{now}", titles[anchor]) for anchor, now in sections.items()]

    @property
    def versions(self) -> list[tuple[str, str, str]]:
        """Return the code, the name and the address of each language of the page, or nothing if it is English alone."""
        path = self.address.removeprefix(find_index(self.language))
        found = [(code, name, f"{find_index(code)}{path}") for code, name in LANGUAGES.items()]
        found = [one for one in found if one[2].removeprefix(rendering.PAGES) in read_pages()]
        return found if len(found) > 1 else []


def find_index(language: str) -> str:
    """Return the address of the index in this language, which may not exist."""
    return rendering.PAGES if language == ENGLISH else f"{rendering.PAGES}{language}/"


@cache
def read_pages() -> dict[str, DocumentationPage]:
    """Return all pages by their address below /docs/."""
    return {address: read_page(source, address) for source, address in rendering.find_sources().items()}


def read_page(source: str, address: str) -> DocumentationPage:
    html, sections = rendering.render(rendering.read_source(source), source)
    parent = "/docs/decisions/" if address.startswith("decisions/") and address != "decisions/" else ""
    language = rendering.find_language(address)
    return DocumentationPage(f"/docs/{address}", sections[0].heading, html, sections, parent, language)


@cache
def read_contents(language: str = ENGLISH) -> list[tuple[str, list[IndexLink]]]:
    """Return the groups of the index in this language, each with its pages."""
    folder = rendering.FOLDER if language == ENGLISH else f"{rendering.FOLDER}/{language}"
    source = f"{folder}/{rendering.README}"
    if source not in rendering.find_sources():
        return []
    _, *parts = INDEX_GROUP.split(rendering.read_source(source))
    groups = zip(parts[::2], parts[1::2], strict=True)
    return [(group, list_links(text, source)) for group, text in groups]


def list_links(table: str, source: str) -> list[IndexLink]:
    rows = INDEX_LINK.findall(table)
    return [
        make_link(description, name, link, source) for description, links in rows for name, link in LINK.findall(links)
    ]


def make_link(description: str, name: str, link: str, source: str) -> IndexLink:
    address = rendering.resolve_link(link, source).address
    language = rendering.find_language(address.removeprefix(rendering.PAGES))
    return IndexLink(address, name[0].upper() + name[1:], description, language)
