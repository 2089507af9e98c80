"""The words of the pages that an owner who is no developer can open: none is of the house's own, or of programs."""

import html
import re

import pytest
from django.urls import Resolver404, resolve

from testing.browser import Browser

pytestmark = pytest.mark.check

# Words that an owner of a shop would have to learn, or that only programs need.
BANNED = re.compile(
    r"\b(operations?|movement type|axes|axis|blind|entries|entry|drop(?:ped)?|API keys?|key|breaks|proof|seal(?:s|ed)?"
    r"|references?|book(?:s|ed|ing|ings)?|ledger|CSV files|threshold|tendered|float|gross|revenue)\b",
    re.IGNORECASE,
)
# A time is "Recorded", or has no word of its own: what a sentence tells may happen.
BANNED_LABEL = re.compile(r"Happened\b")
OF_PROGRAMS = re.compile(r"\b20\d\d-\d\d-\d\d\b|\b(?:Europe|Asia|Africa|America)/\w+|\bIANA\b|\bISO \d+")
PAPER = re.compile(r"/file/|/receipt/")  # pages that are printed have whole dates
ALLOWED = (
    r"Api key (created|revoked|used from new network)",  # the words of codes
    r"(dropped|booked)",  # states, which are codes
    r"Key",  # of an own field: its name in files and in the API
    r"Book",  # the button of a count
    r"Book the payment|This books the opposite of the payment, .*",  # the verb of payments
    r".*\bAPI keys?\b.*",  # where a choice shows or ends what programs use
    r"Files with all data of your shop: .*",  # for programs
    r"Your workers and all API keys .*",
)
HIDDEN = re.compile(r"<(script|style|head|template)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
LINK = re.compile(r'href="(/(?:api|shop|accounts)/[^"#]*)"')
MIN_PAGES = 60
NAMES = re.compile(r"xylograph \w+")  # the texts of the rows of the world


def read_words(page):
    """Return the lines of text that the page shows. Names of rows in the world have no banned word."""
    text = html.unescape(NAMES.sub("", HIDDEN.sub("\n", page)))
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def find_banned(page):
    """Return the lines that have a banned word and are not allowed."""
    found = {line for line in read_words(page) if BANNED.search(line) or BANNED_LABEL.match(line)}
    return sorted(line for line in found if not any(re.fullmatch(text, line, re.IGNORECASE) for text in ALLOWED))


def walk(browser):
    """Yield the address and the text of a page of each route to which the pages lead, and of each form."""
    waiting, seen = ["/api/"], set()
    while waiting:
        address = html.unescape(waiting.pop(0))
        try:
            found = resolve(address.partition("?")[0])
        except Resolver404:
            continue
        name = f"{found.route} {re.sub('[0-9]+', 'N', address) if 'form' in found.route else ''}"
        if name in seen:
            continue
        seen.add(name)
        answer = browser.client.get(address)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            b"".join(answer)  # a file that is read to its end is closed
            continue
        yield address, answer.text
        waiting += LINK.findall(answer.text)


def test_no_page_of_an_owner_has_a_word_of_the_house_or_a_word_of_programs(world):
    owner = next(iter(world.shops.values())).owner
    owner.developer = False
    owner.save(update_fields=["developer"])
    pages = dict(walk(Browser(owner)))
    assert len(pages) > MIN_PAGES
    assert {address: found for address, text in pages.items() if (found := find_banned(text))} == {}
    shown = {address: "\n".join(read_words(text)) for address, text in pages.items() if not PAPER.search(address)}
    assert {address: found for address, text in shown.items() if (found := OF_PROGRAMS.findall(text))} == {}


def test_the_walk_finds_a_banned_word_and_no_other():
    page = '<head><title>key</title></head><p data-x="booked">It <b>books</b>.</p><p>Keyboard, notebook</p>'
    page += "<p>What happened</p><label>Happened before</label>"
    assert find_banned(page) == ["Happened before", "books"]
