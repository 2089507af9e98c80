"""The search of the documentation at /docs/?q=."""

import pytest

from inventory_api.documentation.pages import MAX_RESULTS, read_pages, search_sections

pytestmark = pytest.mark.check


def find_addresses(query):
    return [result.address for result in search_sections(query)]


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("two clocks", "/docs/ledger/#two-clocks"),
        ("CLOCKS two", "/docs/ledger/#two-clocks"),
        ("backup", "/docs/operating/#backups"),
        ("insufficient_stock", "/docs/errors/#insufficient_stock"),
        ("first day", "/docs/first-day/#your-first-day"),
    ],
)
def test_finds_a_heading_first(query, address):
    assert find_addresses(query)[0] == address


@pytest.mark.parametrize(
    ("query", "address"),
    [("delivery note", "/docs/first-day/#5-receive-a-delivery"), ("nginx -t", "/docs/deploying/#behind-a-proxy")],
)
def test_finds_words_in_the_text(query, address):
    assert address in find_addresses(query)


def test_finds_every_heading_of_every_page():
    for page in read_pages().values():
        for section in page.sections:
            found = find_addresses(f"{section.heading}")
            assert f"{page.address}#{section.anchor}" in found or len(found) == MAX_RESULTS, section.heading


def test_a_word_is_found_at_its_beginning_only():
    assert "/docs/ledger/#two-clocks" not in find_addresses("locks")


def test_results_have_the_words_marked_and_nothing_else_as_html():
    [result, *_] = search_sections("lost response")
    assert result.heading == "A <mark>lost</mark> <mark>response</mark>"
    assert result.page == "The ledger"
    everything = "".join(found.excerpt for query in ("curl", "<", '"', "&") for found in search_sections(query))
    assert "<" not in everything.replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize(
    "query", ["", "  ", "xyzzy", "(", "[a-z", "\\", "%", "<script>alert(1)</script>", "é" * 9999, "a " * 500, "\u202e"]
)
def test_any_query_is_answered_with_a_page(client, query):
    response = client.get("/docs/", {"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.text


def test_a_page_without_results_says_so_and_keeps_the_query(client):
    page = client.get("/docs/", {"q": "xyzzy"}).text
    assert "No section contains <b>xyzzy</b>" in page
    assert 'value="xyzzy"' in page


def test_an_empty_query_shows_the_index(client):
    assert client.get("/docs/?q=+").content == client.get("/docs/").content


def test_the_number_of_results_is_limited(client):
    assert len(search_sections("the")) == MAX_RESULTS


def test_control_characters_are_refused(client):
    assert client.get("/docs/?q=%00").status_code == 400
