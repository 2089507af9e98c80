"""The pages, which each process renders at the first request, and the addresses of moved ones."""

import re
from functools import cache
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api.documentation import rendering

MOVED = {
    "views": "lists/#saved-views",
    "monitoring": "operating/#monitoring",
    "making": "kits/#recipes-making-and-taking-apart",
    "price-lists": "suppliers/#price-lists",
    "offers": "suppliers/#offers",
    "failover": "scaling/#settings-and-steps-of-standbys",
    "copies": "events/#keep-a-copy-up-to-date",
    "fields": "products/#own-fields-and-tags",
    "product-pictures": "products/#pictures",
    "variants": "products/#variants",
    "costs": "bookings/#what-stock-costs",
    "evidence": "reports/#the-years-end",
    "comparing": "reports/#compare-a-list",
    "column-names": "import/#columns",
    "till": "tills/#a-till-of-100-lines",
    "keys": "authentication/#api-keys",
    "webhooks": "events/#webhooks",
    "history": "your-data/#who-changed-what",
    "snippets": "clients/#snippets",
    "taxes": "sales/#rates-of-vat",
    "closing": "payments/#close-the-drawer",
    "decisions/0049-rooms": "decisions/0021-rooms-in-one-order/#thirteen-apps-in-three-rooms",
    "decisions/0041-pages-of-tasks": "decisions/0013-pages-of-our-own/#pages-of-tasks",
    "decisions/0039-mail-to-strangers": "decisions/0023-links-by-mail/#mail-to-strangers",
    "decisions/0027-reads-from-a-replica": "decisions/0026-more-than-one-server/#reads-from-a-replica",
    "decisions/0028-failover-is-told": "decisions/0026-more-than-one-server/#a-failover-is-told",
    "decisions/0029-distribution-by-owner": "decisions/0026-more-than-one-server/#distribution-by-owner",
    "decisions/0026-a-pooler-in-front": "decisions/0026-more-than-one-server/",
    "decisions/0031-webhooks-are-readers-of-the-feed": "decisions/0030-events-are-numbered-after-the-commit/#webhooks",
    "decisions/0020-formulas-behind-every-delimiter": "decisions/0014-one-rule-for-texts/#formulas-in-csv",
    "decisions/0050-no-table-of-shops": "decisions/0040-handing-over/#no-table-of-shops",
    "decisions/0003-archive-instead-of-delete": "decisions/0044-removing-a-shop/#delete-archives",
    "decisions/0053-pictures": "decisions/0054-profiles/#pictures",
}
# A browser does not send the anchor of a link, so the page keeps the anchor, with a link to the new address.
MOVED_SECTIONS = {
    "events": {
        "some-rows": "lists/#filters",
        "some-fields": "lists/#some-fields",
        "one-row": "lists/#conditions",
        "ids-of-other-programs": "products/#ids-of-other-programs",
        "a-catalogue-of-your-own": "products/#a-catalogue-of-your-own",
        "one-further-code": "products/#one-further-code",
        "metadata": "products/#metadata",
        "change-several-products": "products/#change-several-products",
    },
    "customers": {"for-owners": "customers/#on-the-pages", "for-programs": "customers/#example"},
    "ledger": {
        "a-sale-of-several-products": "bookings/#a-sale-of-several-products",
        "amounts": "bookings/#amounts",
        "what-comes-back-of-a-sale": "bookings/#what-comes-back-of-a-sale",
        "what-goes-back-to-the-supplier": "bookings/#what-goes-back-to-the-supplier",
        "a-wrong-booking": "bookings/#a-wrong-booking",
        "a-form-with-outdated-numbers": "bookings/#a-form-with-outdated-numbers",
        "a-stock-take": "bookings/#a-stock-take",
        "a-file-of-products": "import/#importing-products",
        "limits": "bookings/#limits",
    },
    "operating": {
        "rate-limits": "rate-limits/#rate-limits",
        "requests-that-take-long": "rate-limits/#requests-that-take-long",
    },
    "purchasing": {
        "for-programs": "purchasing/#example",
        "records": "events/#the-types",
    },
    "readme": {"what-workers-may-do": "roles/#users-and-roles"},
    "reliability": {
        "outside-of-a-transaction": "decisions/0008-faults-are-tried/#outside-of-a-transaction",
        "access": "security/#what-is-promised",
    },
    "reservations": {"for-owners": "returns-and-orders/#take-an-order", "for-programs": "reservations/#example"},
    "roles": {"roles-by-the-api": "roles/#users-by-the-api"},
    "scanning": {"for-owners": "scanning/#on-the-pages"},
}


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
