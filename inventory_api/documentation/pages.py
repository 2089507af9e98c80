"""The pages, which are rendered once per process when the first of them is requested."""

import re
from functools import cache
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from inventory_api.documentation import rendering

INDEX_GROUP = re.compile(r"^## (.+)$", re.MULTILINE)
INDEX_LINK = re.compile(r"\| \[(.+?)\]\((.+?)\) \|$", re.MULTILINE)


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
    found = [(group, INDEX_LINK.findall(text)) for group, text in zip(parts[::2], parts[1::2], strict=True)]
    return [(group, [make_link(name, link) for name, link in links]) for group, links in found]


def make_link(name: str, link: str) -> IndexLink:
    return IndexLink(rendering.resolve_link(link, rendering.INDEX).address, name[0].upper() + name[1:])
