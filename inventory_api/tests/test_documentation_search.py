"""The search of the documentation at /docs/?q=."""

import pytest

from inventory_api.documentation.pages import read_pages
from inventory_api.documentation.search import MAX_RESULTS, search_sections

pytestmark = pytest.mark.check


def find_addresses(query):
    return [result.address for result in search_sections(query)]


# What people ask, and the page that answers it.
QUESTIONS = {
    "how do I sell something": "first-day",
    "refund": "first-day",
    "add an employee": "first-day",
    "move between shelves": "places",
    "profit this month": "reports",
    "offline till": "till",
    "cancel an order": "purchasing",
    "delete my account": "your-data",
    "csv with commas": "import",
    "forgot password": "first-day",
    "low stock": "first-day",
    "expiry dates": "places",
    "print labels": "scanning",
    "scan barcode": "scanning",
    "webhook signature": "webhooks",
    "backup": "operating",
    "undo a mistake": "first-day",
    "who changed stock": "ledger",
    "import excel": "import",
    "several shops": "first-day",
    "stock value": "reports",
    "count the shelves": "first-day",
    "api key": "keys",
    "rate limit": "operating",
    "upgrade": "upgrading",
    "two factor": "second-factor",
    "2fa": "second-factor",
    "MFA": "second-factor",
    "otp": "second-factor",
    "authenticator": "second-factor",
    "passkey": "second-factor",
    "lost phone": "second-factor",
}


@pytest.mark.parametrize(("question", "page"), QUESTIONS.items())
def test_the_page_that_answers_a_question_is_found_first(question, page):
    assert find_addresses(question)[0].startswith(f"/docs/{page}/#")


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
    assert "/docs/ledger/#two-clocks" in find_addresses("clocks")
    assert find_addresses("ocks") == []


@pytest.mark.parametrize("query", ["reserving", "reserves", "reservations for customers"])
def test_other_forms_of_a_word_are_found(query):
    assert find_addresses(query)[0].startswith("/docs/reservations/#")


def test_a_question_with_an_unknown_word_finds_the_sections_with_the_others():
    assert find_addresses("xyzzy backups") == find_addresses("backups")


def test_guides_come_before_decisions():
    pages = [address.split("/")[2] for address in find_addresses("lots")]
    assert "decisions" not in pages[: pages.index("places") + 1]


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
