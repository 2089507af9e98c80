"""The search of the documentation at /docs/?q=."""

import re
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api.documentation.pages import find_index, read_contents, read_pages
from inventory_api.documentation.search import EXCERPT_WORDS, MAX_RESULTS, read_index, search_sections
from testing.tables import all_cases


def find_addresses(query, language=ENGLISH):
    return [result.address for result in search_sections(query, language)]


def find_page(query, language=ENGLISH):
    """Return the path of the first page that is found, without the section."""
    [address, *_] = find_addresses(query, language)
    return address.removeprefix("/docs/").partition("/#")[0]


# Questions in words of the pages, and the pages that answer them.
QUESTIONS = {
    "how do I sell something": "first-day payments",
    "a customer brings something back": "returns-and-orders",
    "customer did not pick up the order": "returns-and-orders reservations",
    "delete my account": "first-day your-data",
    "download all my data": "your-data",
    "upload a spreadsheet": "import first-day",
    "switch from shopify": "moving",
    "forgot password": "first-day",
    "expiry dates": "places",
    "print labels": "scanning",
    "scan barcode": "scanning",
    "webhook signature": "events",
    "backup": "operating",
    "undo a mistake": "first-day",
    "who changed the price": "your-data",
    "import excel": "import first-day",
    "several shops": "first-day",
    "stock value": "bookings reports",
    "count the shelves": "first-day counting",
    "t-shirt in different sizes": "products",
    "connect woocommerce": "web-shop",
    "ask chatgpt about my stock": "agents",
    "api key": "authentication",
    "rate limit": "rate-limits",
    "upgrade": "upgrading",
    "two factor": "second-factor",
    "2fa": "second-factor",
    "MFA": "second-factor",
    "otp": "second-factor",
    "passkey": "second-factor",
    "lost phone": "second-factor",
    "what does 412 mean": "errors lists",
    "count the cash in the drawer": "payments",
    "refresh an expired access token": "authentication",
    "change the time zone of my shop": "settings first-day",
    "delivery time of a supplier": "suppliers purchasing",
    "too many requests 429": "rate-limits",
    "check the hmac of a callback": "events",
    "excel turned my barcodes into 4.01E+12": "import",
}
# Their answers are in English.
QUESTIONS_IN_OTHER_LANGUAGES = [
    ("de", "T-Shirts in mehreren Größen", "products"), ("de", "Etiketten drucken", "scanning"),
    ("fr", "imprimer des étiquettes", "scanning"), ("es", "tallas y colores", "products"),
    ("es", "imprimir etiquetas", "scanning"),
]  # fmt: skip
# Their answers are in the language of the question.
TRANSLATED = [
    ("de", "ein Kunde bringt etwas zurück", "returns-and-orders"), ("de", "Kasse ohne Internet", "till-page"),
    ("de", "Handy verloren", "second-factor"), ("de", "von Shopify umsteigen", "moving"),
    ("fr", "caisse sans internet", "till-page"), ("fr", "mot de passe oublié", "first-day"),
    ("fr", "téléphone perdu", "second-factor"),
    ("es", "un cliente devuelve algo", "returns-and-orders"), ("es", "vender sin internet", "till-page"),
    ("es", "olvidé la contraseña", "first-day"), ("es", "inventario entre varios", "counting"),
]  # fmt: skip
# Questions that measure the search, and how many of them it answers first, at least.
MEASURING = tomllib.loads((Path(__file__).parent / "documentation_questions.toml").read_text(encoding="utf-8"))
ANSWERED = {ENGLISH: 87, "de": 23, "fr": 4, "es": 2}
PRESENT = [row for row in TRANSLATED if f"{row[0]}/" in read_pages()]


@all_cases(("question", "pages"), QUESTIONS.items())
def test_the_page_that_answers_a_question_is_found_first(question, pages):
    assert find_page(question) in pages.split()


@all_cases("language", ANSWERED)
def test_most_questions_that_measure_the_search_find_their_page_first(language):
    found = {text: find_page(text, language).removeprefix(f"{language}/") for text in MEASURING[language]}
    wrong = {text: page for text, page in found.items() if page not in MEASURING[language][text].split()}
    assert len(found) - len(wrong) >= ANSWERED[language], wrong


@all_cases(("language", "question", "page"), PRESENT)
def test_a_question_finds_the_guide_in_its_language_also_if_the_reader_has_another(language, question, page):
    assert find_page(question, language) == f"{language}/{page}"
    assert find_page(question, ENGLISH) == f"{language}/{page}"


@all_cases(("language", "question", "page"), QUESTIONS_IN_OTHER_LANGUAGES)
def test_a_question_finds_the_english_page_that_the_index_in_its_language_names(language, question, page):
    if f"{language}/" in read_pages():
        [result, *_] = search_sections(question, language)
        assert result.address.startswith(f"/docs/{page}/#")
        assert (result.language, result.page_language, result.language_name) == (language, ENGLISH, "English")


def test_an_english_question_of_another_reader_is_answered_in_english():
    assert [find_page("webhook signature", language) for language in LANGUAGES] == ["events"] * len(LANGUAGES)


@all_cases(
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


@all_cases("language", LANGUAGES)
def test_a_page_is_found_first_by_its_title_and_by_the_name_in_its_address(language):
    index = find_index(language)
    pages = [page for page in read_pages().values() if page.language == language and page.address != index]
    names = {page.title: page for page in pages if "/decisions/" not in page.address}
    if language == ENGLISH:
        names |= {page.address.split("/")[-2].replace("-", " "): page for page in names.values()}
    wrong = {name: find_addresses(name, language)[0] for name in names}
    assert {name: found for name, found in wrong.items() if not found.startswith(f"{names[name].address}#")} == {}


@all_cases(
    ("query", "address"),
    [("delivery note", "/docs/first-day/#5-receive-a-delivery"), ("nginx -t", "/docs/deploying/#behind-a-proxy")],
)
def test_finds_words_in_the_text_and_in_commands(query, address):
    assert address in find_addresses(query)


def test_a_guide_for_shops_is_found_by_each_of_its_headings():
    guides = {link.address for link in read_contents()[0][1]}
    pages = [page for page in read_pages().values() if page.address in guides]
    headings = Counter(section.heading for page in pages for section in page.outline)
    for page in pages:
        for section in page.outline:
            if headings[section.heading] == 1:
                assert f"{page.address}#{section.anchor}" in find_addresses(section.heading)


@all_cases("query", ["reserving", "reserves", "reservations for customers"])
def test_other_forms_of_a_word_are_found(query):
    assert find_page(query) in ("reservations", "returns-and-orders")


@all_cases(
    ("language", "query", "marked"),
    [("de", "gezählte Bestellungen", "<mark>Bestellung</mark>"), ("fr", "etiquettes", "<mark>étiquettes</mark>"),
     ("es", "receta", "<mark>receta</mark>"), ("es", "recetas", "<mark>receta</mark>")],
)  # fmt: skip
def test_other_forms_of_a_word_are_found_and_marked_in_each_language(language, query, marked):
    assert any(marked in result.excerpt for result in search_sections(query, language))


def test_an_excerpt_is_the_part_of_the_text_that_has_the_words():
    result = next(one for one in search_sections("delivery note") if one.address.endswith("#5-receive-a-delivery"))
    assert "<mark>delivery</mark> <mark>note</mark>" in result.excerpt
    assert result.excerpt.startswith("…")
    assert len(result.excerpt.split()) == EXCERPT_WORDS


def test_words_that_most_sections_have_are_not_marked():
    assert any("<mark>clock" in result.excerpt for result in search_sections("the two clocks"))
    assert "<mark>the</mark>" not in "".join(result.excerpt.lower() for result in search_sections("the two clocks"))


def test_a_name_with_underscores_is_one_word():
    results = search_sections("quantity_changed")
    assert results[0].address == "/docs/errors/#quantity_changed"
    assert {*re.findall("<mark>(.*?)</mark>", "".join(result.excerpt for result in results))} == {"quantity_changed"}


@all_cases("word", ["xyzzy", "17"])
def test_an_unknown_word_and_a_small_number_change_nothing(word):
    assert find_addresses(f"{word} make backups") == find_addresses("make backups")


def test_guides_come_before_decisions():
    pages = [address.split("/")[2] for address in find_addresses("lots")]
    assert "decisions" not in pages[: pages.index("places") + 1]


def test_results_have_the_words_marked_and_nothing_else_as_html():
    result = next(one for one in search_sections("lost response") if one.page == "The ledger")
    assert result.heading == "A <mark>lost</mark> <mark>response</mark>"
    everything = "".join(found.excerpt for query in ("curl", "<", '"', "&") for found in search_sections(query))
    assert "<" not in everything.replace("<mark>", "").replace("</mark>", "")


def test_threads_share_an_index():
    queries = list(QUESTIONS)[:10] * 2
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(find_page, queries)) == [find_page(query) for query in queries]
    assert read_index(ENGLISH) is read_index(ENGLISH)


@all_cases(
    "query",
    [
        "", "  ", "xyzzy", "(", "[a-z", "\\", "%", "<script>alert(1)</script>", "é" * 9999, "a " * 500, "\u202e",
        "NEAR(", "a OR", "x*", "section:a",
    ],
)  # fmt: skip
def test_any_query_is_answered_with_a_page(client, query):
    response = client.get("/docs/", {"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.text


def test_a_page_without_results_says_so_and_keeps_the_query(client):
    page = client.get("/docs/", {"q": "xyzzy"}).text
    assert "No section contains <b>xyzzy</b>" in page
    assert 'value="xyzzy"' in page


@all_cases(
    ("language", "query", "address"),
    [
        (ENGLISH, "refund", "/docs/returns-and-orders/#take-a-sale-back"),
        ("de", "Mindestbestand", "/docs/de/first-day/"),
        ("de", "Umsatzsteuer-Voranmeldung", "/docs/reports/#vat-apireportstaxes"),
        ("de", "Etikettendrucker", "/docs/scanning/#labels"),
    ],
)
def test_finds_the_words_that_people_ask_with_and_the_beginning_of_a_longer_one(language, query, address):
    assert find_addresses(query, language)[0].startswith(address)


@all_cases(("query", "is_close"), [("the price of gold in london", False), ("lost phone", True)])
def test_a_page_of_results_that_have_few_of_the_words_says_so(client, query, is_close):
    page = client.get("/docs/", {"q": query}).text
    assert ("Perhaps nothing here answers" in page) != is_close


@pytest.mark.quick
def test_an_empty_query_shows_the_index(client):
    assert client.get("/docs/?q=+").content == client.get("/docs/").content


@all_cases(
    ("query", "header", "language"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9", "de"),
        ("&lang=fr", "de", "fr"),
        ("&lang=xx", "es", "en"),
        ("&lang=", "es", "es"),
    ],
)
def test_the_page_of_results_is_in_the_language_of_the_page_before_or_of_the_reader(client, query, header, language):
    page = client.get(f"/docs/?q=shopify{query}", headers={"Accept": "text/html", "Accept-Language": header}).text
    assert f'<main id="main" tabindex="-1" lang="{language}">' in page
    assert ('name="lang"' in page) == (language != ENGLISH)


def test_the_number_of_results_is_limited(client):
    assert len(search_sections("stock")) == MAX_RESULTS


def test_control_characters_are_refused(client):
    assert client.get("/docs/?q=%00").status_code == 400
