"""The search in the documentation. It also finds other forms of a word, and the words that the pages use instead."""

import re
from functools import cache
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from inventory_api.documentation import rendering
from inventory_api.documentation.pages import DocumentationPage, read_contents, read_pages

MAX_QUERY_LENGTH, MAX_WORDS, MAX_RESULTS = 200, 10, 40
EXCERPT_BEFORE, EXCERPT_LENGTH = 60, 220
WORD_START = r"(?<![^\W_])"  # "lock" finds "locked" and "stock_lock", but not "clock"

# The points of a section for each word. A word counts up to MAX_COUNTED times in the text.
IN_TITLE, IN_HEADING, IN_TEXT, MAX_COUNTED = 3, 6, 1, 3
# The points are multiplied by these numbers: guides for shops answer most questions, and the last pages the fewest.
GUIDE, OTHER, LAST = 3, 2, 1
LAST_PAGES = re.compile("/docs/(decisions|grounds|compatibility|architecture|reliability|changelog|errors)/")
# The words that the search ignores, because almost every question has some of them.
FILLERS = """
a about add an and are as at between by can could do does for from get have how i if in is it me my not of on or our out
should some something the their to up was we what when where which who why with work would you your
"""
ENDINGS = re.compile("(ies|ing|ed|es|s|y|e)$")  # words are found by their beginnings, so the ends can be left out
MIN_STEM = 3
# The words that the pages use instead of the words of people, by the stem of the latter.
SYNONYMS = {
    "account": ("shop",), "branch": ("location", "several places"), "bug": ("wrong",), "cancel": ("undo",),
    "comma": ("semicolon",), "delet": ("clos", "archiv"), "employe": ("worker",), "excel": ("workbook", "xlsx"),
    "expir": ("expires",), "forgot": ("forget",), "mov": ("transfer",), "offlin": ("without a network",),
    "profit": ("margin", "earn"), "rat": ("requests",), "refund": ("undo", "reverse"), "remov": ("archiv", "deactivat"),
    "return": ("undo", "reverse"), "shelf": ("location", "shelv"), "shelv": ("location", "shelf"),
    "signatur": ("signed",), "staff": ("worker",), "stocktak": ("count",), "updat": ("upgrad",), "valu": ("worth",),
}  # fmt: skip


class SearchResult(NamedTuple):
    """A section that was found, the text around the first word, and the page's title unless that is its heading."""

    address: str
    page: str
    heading: SafeString
    excerpt: SafeString


def search_sections(query: str) -> list[SearchResult]:
    """Return the sections that contain the most words of the query or their synonyms, the best first."""
    words = [prepare_word(word) for word in split_query(query)]
    rated = [(*rate(words, page, section), page, section) for page in sort_pages() for section in page.sections]
    most = max((row[0] for row in rated), default=0)
    best = sorted((row for row in rated if row[0] == most > 0), key=lambda row: -row[1])[:MAX_RESULTS]
    anything = re.compile("|".join(rf"{word.pattern.pattern}\w*" for word in words), re.IGNORECASE)
    return [make_result(page, section, anything) for *_, page, section in best]


def split_query(query: str) -> list[str]:
    """Return the words of the query without those that every question has, unless it has no others."""
    words = [word.rstrip("?!.,") or word for word in query[:MAX_QUERY_LENGTH].lower().split()]
    return ([word for word in words if word not in FILLERS.split()] or words)[:MAX_WORDS]


class Word(NamedTuple):
    """The beginnings of a word and of its synonyms, in lower case, and the pattern that finds any of them."""

    beginnings: tuple[str, ...]
    pattern: re.Pattern[str]


def prepare_word(word: str) -> Word:
    stem = ENDINGS.sub("", word)
    stem = stem if len(stem) >= MIN_STEM else word
    beginnings = (stem, *SYNONYMS.get(stem, ()))
    return Word(beginnings, re.compile(f"{WORD_START}(?:{'|'.join(map(re.escape, beginnings))})", re.IGNORECASE))


def rate(words: list[Word], page: DocumentationPage, section: rendering.PageSection) -> tuple[int, int]:
    """Return how many of the words the section contains, and its points."""
    found = points = 0
    for word in words:
        if not any(beginning in section.lower_case for beginning in word.beginnings):
            continue  # this is much faster than the pattern, which also checks that words begin there
        in_heading = bool(word.pattern.search(section.heading))
        in_text = len(word.pattern.findall(section.text)[:MAX_COUNTED])
        found += bool(in_heading or in_text)
        points += IN_HEADING * in_heading + IN_TEXT * in_text + IN_TITLE * bool(word.pattern.search(page.title))
    return found, points * find_weight(page.address)


@cache
def find_weight(address: str) -> int:
    _, guides = read_contents()[0]
    if address in {link.address for link in guides}:
        return GUIDE
    return LAST if LAST_PAGES.match(address) else OTHER


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
