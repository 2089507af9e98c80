"""The documentation at /docs/: every page renders, every link and anchor leads somewhere, nothing else is needed."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import is_valid_path
from django.utils import translation
from django.utils.translation import gettext

from core.http.middleware import DATA_POLICY, PAGE_POLICY
from core.tests.test_security_headers import find_violations
from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api import __version__
from inventory_api.documentation.pages import MOVED, MOVED_SECTIONS, find_index, read_pages
from inventory_api.documentation.rendering import find_pictures, find_sources, render, resolve_link
from inventory_api.error_codes import read_error_codes
from testing.tables import all_cases

ADDRESSES = sorted({f"/docs/{address}" for address in find_sources().values()})
MAX_PICTURE_BYTES, MAX_PICTURE_WIDTH = 80_000, 1280
PAGES = [*ADDRESSES, "/docs/?q=lock"]


class PageParser(HTMLParser):
    """Collects the links, pictures, anchors and tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.pictures, self.anchors, self.tags, self.attributes = [], [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append(tag)
        self.attributes |= set(found)
        self.links += [found["href"]] if tag == "a" else []
        self.pictures += [found["src"]] if tag == "img" else []
        self.anchors += [found["id"]] if "id" in found else []


def read(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return response.text


@pytest.fixture(scope="module")
def responses():
    """Return the response of every page by its address. The fixture uses no database, so a query fails."""
    return {address: Client().get(address) for address in PAGES}


@pytest.fixture(scope="module")
def parsed(responses):
    """Return every page, parsed, by its address."""
    return {address: PageParser(response.text) for address, response in responses.items()}


# --- Pages ----------------------------------------------------------------------------------------------


@all_cases("address", PAGES)
def test_a_page_needs_no_user_and_no_query(responses, address):
    response = responses[address]
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"] == PAGE_POLICY
    assert find_violations(response.text) == []
    assert not response.cookies


@all_cases("address", ["tour", "reports", "clients"])
def test_commands_name_the_address_at_which_the_page_is_served(client, address):
    """The second request shows that no page with the address of the first is cached."""
    for host in ("127.0.0.1:9000", "localhost:8001"):
        response = client.get(f"/docs/{address}/", headers={"Host": host})
        code = "".join(re.findall(r"<pre.*?</pre>", response.text, re.DOTALL))
        assert (f"http://{host}" in code, "http://127.0.0.1:8000" in code) == (True, False)


def test_commands_for_the_server_itself_keep_its_own_address(client):
    page = client.get("/docs/deploying/", headers={"Host": "127.0.0.1:9000"}).text
    assert "http://127.0.0.1:8000/readyz" in page
    assert "127.0.0.1:9000" not in page


def test_a_page_makes_no_query_for_a_user_who_has_signed_in(client, alice, django_assert_num_queries):
    client.force_login(alice)
    with django_assert_num_queries(0):
        assert "alice" not in read(client, "/docs/ledger/")


@all_cases("address", PAGES)
def test_a_page_has_one_title_no_styles_and_unique_anchors(parsed, responses, address):
    page = parsed[address]
    assert page.tags.count("h1") == 1
    assert "style" not in {*page.tags, *page.attributes}
    assert len(page.anchors) == len(set(page.anchors))
    assert not re.search(r"<th[^>]*></th>", responses[address].text), "a column without a name"


def test_every_file_of_the_documentation_is_a_page():
    files = [file.relative_to(settings.BASE_DIR).as_posix() for file in (settings.BASE_DIR / "docs").rglob("*.md")]
    assert len(files) > 30
    assert set(files) <= set(find_sources())


def test_the_newest_release_of_the_changelog_is_this_one():
    releases = re.findall(r"^## (\d\S*)$", (settings.BASE_DIR / "CHANGELOG.md").read_text(), re.M)
    assert releases[0] == __version__


def test_the_list_of_decisions_has_every_decision(parsed):
    decisions = [address for address in ADDRESSES if address.startswith("/docs/decisions/0")]
    assert len(decisions) > 20
    assert set(decisions) <= set(parsed["/docs/decisions/"].links)


def test_the_list_of_decisions_has_the_title_status_and_date_of_each():
    folder = settings.BASE_DIR / "docs" / "decisions"
    listed = re.findall(
        r"^\| \[(\d+)\]\((.+?)\) \| (.+?) \| (\w+) \| (\S+) \|$", (folder / "README.md").read_text(), re.M
    )
    for number, name, title, status, date in listed:
        heading, _, state = (folder / name).read_text().splitlines()[:3]
        assert heading == f"# {number}. {title}"
        assert state.startswith(f"{status.capitalize()}, {date}."), name
    assert [name for _, name, *_ in listed] == sorted(file.name for file in folder.glob("0*.md"))


@all_cases("address", ["/docs/nowhere/", "/docs/decisions/0001/", "/docs/x.svg", "/docs/tour.md", "/docs//"])
def test_an_unknown_page_is_a_404_page(client, address):
    response = client.get(address, headers={"Accept": "text/html"})
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing at this address" in response.text


def test_an_address_without_a_slash_is_redirected(client):
    assert client.get("/docs/tour").headers["Location"] == "/docs/tour/"


@all_cases(("before", "now"), MOVED.items())
def test_a_page_that_has_moved_redirects_to_its_new_address(parsed, client, before, now):
    response = client.get(f"/docs/{before}/")
    assert (response.status_code, response.headers["Location"]) == (301, f"/docs/{now}")
    assert f"{before}/" not in read_pages()
    assert leads_somewhere(parsed, "/docs/", f"/docs/{now}")


@all_cases(("page", "sections"), MOVED_SECTIONS.items())
def test_a_section_that_has_moved_has_an_anchor_with_a_link_to_where_it_is_now(parsed, page, sections):
    shown = parsed[f"/docs/{page}/"]
    assert [shown.anchors.count(anchor) for anchor in sections] == [1] * len(sections)
    for now in sections.values():
        assert f"/docs/{now}" in shown.links
        assert leads_somewhere(parsed, "/docs/", f"/docs/{now}")


def test_pages_are_read_only(client):
    assert client.post("/docs/").status_code == 405
    assert client.head("/docs/").content == b""


def test_the_picture_of_a_page_is_served(client, parsed):
    [picture] = parsed["/docs/reports/"].pictures
    response = client.get(picture)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert response.headers["Content-Security-Policy"] == DATA_POLICY
    assert response.content == (settings.BASE_DIR / "docs" / "reports.svg").read_bytes()


@all_cases("name", ["../.env", "../README.md", "reports.md", "../inventory_api/settings.py"])
def test_no_other_file_is_served(client, name):
    assert client.get(f"/docs/{name}").status_code == 404


# --- Languages ------------------------------------------------------------------------------------------

TRANSLATED = [language for language in LANGUAGES if f"{language}/" in read_pages()]


@all_cases("language", TRANSLATED)
def test_a_translated_page_is_in_its_language_whatever_the_reader_has(client, language):
    page = client.get(f"/docs/{language}/first-day/", headers={"Accept": "text/html", "Accept-Language": "pl"}).text
    assert f'<main id="main" tabindex="-1" lang="{language}">' in page
    with translation.override(language):
        assert f'<button class="button">{gettext("Search")}</button>' in page
        assert f'<a href="/docs/{language}/">{gettext("Documentation")}</a>' in page
    assert f'<input type="hidden" name="lang" value="{language}">' in page


@all_cases("name", ["", "first-day/"])
def test_each_version_of_a_page_leads_to_the_others(client, name):
    addresses = {code: f"{find_index(code)}{name}" for code in (ENGLISH, *TRANSLATED)}
    for code, address in addresses.items():
        page = read(client, address)
        links = re.findall(r'<a href="(\S+)" lang="(\w\w)" hreflang="(\w\w)"( aria-current="page")?', page)
        expected = [(other, one, one, ' aria-current="page"' * (one == code)) for one, other in addresses.items()]
        assert sorted(links) == (sorted(expected) if TRANSLATED else [])


def test_a_page_in_english_alone_has_no_links_to_versions(client):
    assert 'hreflang="' not in read(client, "/docs/tour/")


def test_a_link_to_a_page_in_another_language_names_the_language():
    html = render(
        "# T\n\n[Rollen](../roles.md), [erster Tag](first-day.md), [fern](https://example.org/)", "docs/de/x.md"
    ).html
    assert '<a href="/docs/roles/" hreflang="en">Rollen (English)</a>' in html
    assert html.count("hreflang") == html.count("(English)") == 1


# --- Links ----------------------------------------------------------------------------------------------


def test_no_address_for_post_alone_is_a_link(as_alice, parsed):
    addresses = {link for page in parsed.values() for link in page.links if re.fullmatch(r"/api/[\w/-]+", link)}
    assert "/api/products/" in addresses
    refused = {address for address in addresses if as_alice.get(address).status_code == 405}
    assert refused == {"/api/kits/import/", "/api/products/import/"}  # a browser gets a page at these addresses


def find_dead_links(parsed):
    """Return the links to addresses, pages and anchors that do not exist."""
    links = [(address, link) for address, page in parsed.items() for link in {*page.links, *page.pictures}]
    return [(address, link) for address, link in links if not leads_somewhere(parsed, address, link)]


def leads_somewhere(parsed, address, link):
    target = urlsplit(link)
    path = target.path or address
    if target.scheme in ("http", "https"):
        return True
    if path in parsed:
        return unquote(target.fragment) in ("", *parsed[path].anchors)
    if path.startswith("/docs/"):
        return path.removeprefix("/docs/") in find_pictures()
    return bool(is_valid_path(path))


def test_every_link_and_anchor_leads_somewhere(parsed):
    assert sum(len(page.links) for page in parsed.values()) > 1000
    assert find_dead_links(parsed) == []


def test_every_picture_is_shown_compact_and_described(client, parsed):
    shown = {picture for page in parsed.values() for picture in page.pictures if "/pictures/" in picture}
    assert shown == {f"/docs/{path}" for path in find_pictures() if path.startswith("pictures/")}
    for picture in shown:
        response = client.get(picture)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
        assert len(response.content) < MAX_PICTURE_BYTES
        assert int.from_bytes(response.content[16:20]) <= MAX_PICTURE_WIDTH  # the header of a PNG has the width here
    files = ("README.md", "docs/first-day.md", "docs/components.md")
    texts = [(settings.BASE_DIR / file).read_text(encoding="utf-8") for file in files]
    assert len(re.findall(r"!\[[^]]{20,}\]\((?:docs/)?pictures/", "".join(texts))) == len(shown)


@all_cases("link", ["/docs/nowhere/", "/docs/tour/#nowhere", "#nowhere", "tour.md", "/docs/nothing.png"])
def test_finds_a_dead_link(parsed, link):
    """This is the negative control."""
    page = PageParser(f'<a href="{link}">')
    assert ("/docs/", link) in find_dead_links(parsed | {"/docs/": page})


@all_cases(
    ("source", "link", "target"),
    [
        ("docs/README.md", "tour.md", ("/docs/tour/", "")),
        ("docs/README.md", "decisions/", ("/docs/decisions/", "")),
        ("docs/tour.md", "operating.md#backups", ("/docs/operating/#backups", "")),
        ("docs/tour.md", "routes.md#limits", ("/docs/routes/#limits", "")),
        ("docs/tour.md", "#backups", ("#backups", "")),
        ("docs/tour.md", "https://example.org/a.md", ("https://example.org/a.md", "")),
        ("docs/decisions/0021-rooms-in-one-order.md", "../architecture.md", ("/docs/architecture/", "")),
        ("docs/decisions/0021-rooms-in-one-order.md", "../README.md", ("/docs/", "")),
        ("README.md", "docs/", ("/docs/", "")),
        ("README.md", "LICENSE", ("", "LICENSE")),
        ("docs/deploying.md", "../deploy/nginx.conf", ("", "deploy/nginx.conf")),
        ("docs/reports.md", "reports.svg", ("/docs/reports.svg", "")),
    ],
)
def test_a_link_between_files_becomes_an_address_or_a_path(source, link, target):
    assert resolve_link(link, source) == target


def test_a_file_without_a_page_is_named_by_its_path():
    html = render("# T\n\nSee [LICENSE](../LICENSE) and [the *proxy*](../deploy/nginx.conf).", "docs/x.md").html
    assert "<p>See <code>LICENSE</code> and the <em>proxy</em> (<code>deploy/nginx.conf</code>).</p>" in html


def test_code_that_is_an_address_becomes_a_link():
    html = render("# T\n\nAt `/api/products/`, not `/nowhere/`, `/` or [`/api/stock/`](tour.md).", "docs/x.md").html
    assert '<a href="/api/products/"><code>/api/products/</code></a>, not <code>/nowhere/</code>' in html
    assert html.count("<a ") == 3  # one is in the title, and one links to the file


def test_the_start_page_the_bar_and_the_readme_lead_to_the_documentation(client):
    assert 'href="/docs/"' in client.get("/").text
    assert 'href="/docs/"' in client.get("/nowhere/", headers={"Accept": "text/html"}).text
    assert "`/docs/`" in (settings.BASE_DIR / "README.md").read_text()
    assert "`/docs/`" in (settings.BASE_DIR / "docs" / "README.md").read_text()


# --- Anchors and HTML -----------------------------------------------------------------------------------


def test_every_error_code_has_an_anchor(parsed):
    codes = {row.code for row in read_error_codes()}
    assert len(codes) > 40
    assert codes <= set(parsed["/docs/errors/"].anchors)


@all_cases(
    ("heading", "anchor"),
    [
        ("Two clocks", "two-clocks"),
        ("What moved: `/api/reports/movements/`", "what-moved-apireportsmovements"),
        ("It's *here* – now", "its-here--now"),
        ("0.25 kg_x", "025-kg_x"),
    ],
)
def test_anchors_are_those_of_github(heading, anchor):
    rendered = render(f"# T\n\n## {heading}\n\n## {heading}\n", "docs/x.md")
    assert [section.anchor for section in rendered.sections] == ["t", anchor, f"{anchor}-1"]
    assert f'<h2 id="{anchor}"><a href="#{anchor}">' in rendered.html


@all_cases(
    ("markdown", "html"),
    [
        ("<!-- illustration -->\n```sh\nmake\n```", ">make\n</pre>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a <b onclick=x>b</b> <!-- c --> d", "a &lt;b onclick=x&gt;b&lt;/b&gt;  d"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("```\n<b>\n```", "&lt;b&gt;"),
        ("| a |\n| -: |\n| 1 |", '<td class="align-right">1</td>'),
    ],
)
def test_a_file_contributes_no_html_of_its_own(markdown, html):
    page = render(f"# T\n\n{markdown}", "docs/x.md").html
    assert html in page
    assert not {"script", "b", "style", "onclick"} & {*PageParser(page).tags, *PageParser(page).attributes}
    assert "illustration" not in page


def test_code_can_be_copied_unless_it_is_a_session(parsed, client):
    assert "data-copies" in read(client, "/docs/clients/")
    assert "data-copies" not in read(client, "/docs/tour/")


def test_code_and_tables_scroll_by_themselves_and_can_be_focused(client):
    for address in ("/docs/readme/", "/docs/errors/"):
        page = read(client, address)
        boxes = re.findall(r'<(?:pre|div)[^>]* tabindex="0" role="group" aria-label="\w+', page)
        assert len(boxes) == page.count("<pre") + page.count("<table>") > 0


# --- The image ------------------------------------------------------------------------------------------


def test_the_image_contains_every_page():
    ignored = (settings.BASE_DIR / ".dockerignore").read_text().splitlines()
    folders = {"docs", "docs/decisions", *(path.split("/")[0] for path in find_sources())}
    assert not folders & {line.strip("/*") for line in ignored}
    assert not any(".md" in line for line in ignored)
    assert "COPY . ./" in (settings.BASE_DIR / "Dockerfile").read_text()
