"""The search in the documentation, by the full-text search of SQLite, in the memory of each process."""

import re
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from heapq import nlargest
from itertools import groupby, pairwise
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.languages import ENGLISH, LANGUAGES
from inventory_api.documentation.pages import DocumentationPage, find_index, read_contents, read_pages
from inventory_api.documentation.rendering import PageSection

MAX_QUERY_LENGTH, MAX_WORDS, MAX_RESULTS, EXCERPT_WORDS = 200, 16, 40, 35
WORD = re.compile(r"\w+(?:[-.']\w+)*")
# The columns of the index, and how much a word counts in each.
COLUMNS = {"title": 2.0, "heading": 2.0, "asked": 2.0, "text": 0.2, "code": 0.04}
MIN_COVERED = 0.5  # a section fits well if it has more than this share of the words
OF_PAIR = 0.3  # how much it counts that two words of the query are close to each other
# The points of a page are multiplied by these: guides for shops answer most questions, and the last pages the fewest.
GUIDE, OTHER, LAST = 1.3, 1.0, 0.5
FOREIGN = 0.35  # the same for pages that the index in another language names, and that are only there in English
LAST_PAGES = re.compile(
    "/docs/(decisions|scaling|failover|compatibility|architecture|reliability|changelog|errors|readme)/"
)
SMALL_NUMBER = re.compile(r"\d{1,2}")
VOCABULARY_WORD = re.compile(r"[^\W\d_]{4,}")
MIN_STEM = 5  # shorter words are neither cut nor corrected
SIMILAR = 0.85  # the lowest ratio of difflib at which one word replaces another
MARKS = "\x02", "\x03"
WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


class SearchResult(NamedTuple):
    """A section that was found, and the page's title unless that is its heading. The words are marked."""

    address: str
    page: str
    heading: SafeString
    excerpt: SafeString
    language: str
    page_language: str  # differs if the index in one language names a page that is only there in English
    is_close: bool  # whether the first section of this language has most of the words

    @property
    def language_name(self) -> str:
        return LANGUAGES[self.page_language]


class Entry(NamedTuple):
    page: DocumentationPage
    section: PageSection
    asked: str  # words for the section that its text does not have


def search_sections(query: str, language: str = ENGLISH) -> list[SearchResult]:
    """Return the best sections: in the language that knows most of the words, then in the reader's, then in English."""
    text = query[:MAX_QUERY_LENGTH].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = list(dict.fromkeys(WORD.findall(text)))[:MAX_WORDS]
    known = {one: read_index(one).count_known(words) for one in dict.fromkeys((language, ENGLISH, *LANGUAGES))}
    best = max(known, key=lambda one: known[one])
    found = [row for one in dict.fromkeys((best, language, ENGLISH)) for row in read_index(one).search(words)]
    return found[:MAX_RESULTS]


@cache
def read_index(language: str) -> "Index":
    return Index(language)


class Index:
    """The sections of the pages in a language, in a database in memory. Threads share it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words = WORDS[language]
        self.ignored = frozenset(self.words["ignored"].split())
        self.synonyms = read_synonyms(self.words["synonyms"])
        self.entries = list(list_entries(language, self.words["asked"]))
        words = {*VOCABULARY_WORD.findall(" ".join(map(join_texts, self.entries)).lower())}
        self.vocabulary = {letter: [*group] for letter, group in groupby(sorted(words), key=lambda word: word[0])}
        self.lock = Lock()
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        stemmer = "porter " if language == ENGLISH else ""
        columns = ", ".join(COLUMNS)
        self.database.execute(f"CREATE VIRTUAL TABLE section USING fts5({columns}, tokenize = '{stemmer}unicode61')")
        rows = [
            (number, page.title, section.heading, asked, section.text, " ".join(section.codes))
            for number, (page, section, asked) in enumerate(self.entries)
        ]
        self.database.executemany(f"INSERT INTO section (rowid, {columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608

    def execute(self, columns: str, match: str, condition: str = "") -> list[Any]:
        statement = f"SELECT rowid, {columns} FROM section WHERE section MATCH ? {condition}"  # noqa: S608
        with self.lock:
            return self.database.execute(statement, (match,)).fetchall()

    def count_known(self, words: list[str]) -> int:
        return sum(map(self.is_known, words))

    def is_ignored(self, word: str) -> bool:
        return word in self.ignored or bool(SMALL_NUMBER.fullmatch(word))

    def is_known(self, word: str) -> bool:
        return (
            self.is_ignored(word)
            or any(pattern.fullmatch(word) for pattern, _ in self.synonyms)
            or bool(self.execute("1", self.quote(word), "LIMIT 1"))
        )

    def quote(self, text: str) -> str:
        """Return the text as a phrase of a query. SQLite knows the stems of English alone: the end of others is cut."""
        if self.language == ENGLISH or len(text) < MIN_STEM:
            return f'"{text}"'
        return f'"{text[: max(MIN_STEM, len(text) - 2)]}" *'

    def search(self, words: list[str]) -> list[SearchResult]:
        """Return the best sections."""
        groups, missing = self.group_words(words)
        points: dict[int, float] = {}
        covered: Counter[int] = Counter()  # how many of the words each section has, without those of pairs
        weights = ", ".join(map(str, COLUMNS.values()))
        for share, phrases in groups:
            best: dict[int, float] = {}
            for phrase in phrases:
                for number, rank in self.execute(f"bm25(section, {weights})", phrase):
                    weight = share * find_weight(self.entries[number].page.address)
                    best[number] = max(best.get(number, 0), -rank * weight)
            points.update({number: points.get(number, 0) + gain for number, gain in best.items()})
            covered.update(best.keys() if share == 1 else ())
        # Otherwise one rare word would decide alone: bm25() gives it as many points as several frequent words.
        points = {number: gain * covered[number] for number, gain in points.items()}
        own = {number for number in points if self.entries[number].page.language == self.language}
        numbers = nlargest(MAX_RESULTS, points, key=lambda number: points[number] * (1 if number in own else FOREIGN))
        asked = missing + sum(share == 1 for share, _ in groups)
        are_close = bool(numbers) and covered[numbers[0]] > asked * MIN_COVERED
        return self.make_results(numbers, " OR ".join(phrase for _, phrases in groups for phrase in phrases), are_close)

    def correct(self, word: str) -> str:
        """Return the word if the pages have it, or else the most similar one with the same first letter.

        For a compound, such as "Kundenbestellung", return the word at its end.
        """
        if self.is_known(word) or len(word) < MIN_STEM:
            return word
        similar = get_close_matches(word, self.vocabulary.get(word[0], []), 1, SIMILAR)
        ends = (word[start:] for start in range(1, len(word) - MIN_STEM + 1))
        return next((one for one in (*similar, *ends) if self.is_known(one)), word)

    def group_words(self, words: list[str]) -> tuple[list[tuple[float, list[str]]], int]:
        """Return the phrases to look for, in groups of which only the best phrase counts.

        Each phrase has a share of the points. Also return the number of words that no page has and that were replaced
        by a word which the search ignores.
        """
        text, groups = " ".join(map(self.correct, words)), []
        missing = sum(not self.is_ignored(word) and self.is_ignored(self.correct(word)) for word in words)
        for pattern, phrases in self.synonyms:
            text, count = pattern.subn(" ", text)
            groups += [phrases] if count else []
        rest = [word for word in text.split() if not self.is_ignored(word)] or ([] if groups else words)
        pairs = [(OF_PAIR, [f"NEAR({self.quote(one)} {self.quote(other)}, 3)"]) for one, other in pairwise(rest)]
        asked = [(1.0, list(map(self.quote, phrases))) for phrases in (*groups, *([word] for word in rest))]
        return asked + pairs, missing

    def make_results(self, numbers: list[int], match: str, are_close: bool) -> list[SearchResult]:
        marks = ", ".join(f"char({ord(mark)})" for mark in MARKS)
        columns = f"highlight(section, 1, {marks}), snippet(section, 3, {marks}, '…', {EXCERPT_WORDS})"
        condition = f"AND rowid IN ({', '.join(map(str, numbers))})"
        texts = {number: found for number, *found in self.execute(columns, match, condition)} if numbers else {}
        return [self.make_result(self.entries[number], are_close, *texts[number]) for number in numbers]

    def make_result(self, entry: Entry, is_close: bool, heading: str, excerpt: str) -> SearchResult:
        page, section = entry.page, entry.section
        title = "" if section.level == 1 else page.title
        address = f"{page.address}#{section.anchor}"
        return SearchResult(address, title, mark(heading), mark(excerpt), self.language, page.language, is_close)


def list_entries(language: str, asked: dict[str, str]) -> Iterator[Entry]:
    """Yield the sections of the pages in the language, and the other pages that its index names."""
    index = find_index(language)
    for page in read_pages().values():
        if page.language != language or page.address == index:
            continue
        path = page.address.removeprefix(index).rstrip("/")
        for section in page.sections:
            words = asked.get(f"{path}#{section.anchor}") or (section.level == 1 and asked.get(path)) or ""
            yield Entry(page, section, words)
    for link in [link for _, links in read_contents(language) for link in links]:
        address, _, anchor = link.address.removeprefix("/docs/").partition("#")
        if link.language != language and address in read_pages():
            page = read_pages()[address]
            section = PageSection(1, link.text, anchor or page.sections[0].anchor, [link.description])
            yield Entry(page, section, f"{link.description} {asked.get(address.rstrip('/'), '')}")


def join_texts(entry: Entry) -> str:
    return f"{entry.section.heading} {entry.section.text} {entry.asked}"


def read_synonyms(words: dict[str, list[str]]) -> list[tuple[re.Pattern[str], list[str]]]:
    """Return a pattern for each word or phrase of people, and what replaces it. Phrases come before words."""
    replaced: dict[str, list[str]] = {}
    for phrase, texts in words.items():
        for text in texts:
            replaced.setdefault(text, []).append(phrase)
    texts = sorted(replaced, key=lambda text: -len(text.split()))
    return [(make_pattern(text), replaced[text]) for text in texts]


def make_pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of a word or phrase, in which `*` is the end of a word, or one or two words."""
    pattern = re.escape(text).replace(r"\ \*\ ", r"(?: \S+){1,2} ").replace(r"\*", r"[\w'-]*")
    return re.compile(rf"(?<!\S){pattern}(?!\S)")


@cache
def find_weight(address: str) -> float:
    _, guides = read_contents()[0]
    if address in {link.address for link in guides}:
        return GUIDE
    return LAST if LAST_PAGES.match(address) else OTHER


def mark(text: str) -> SafeString:
    """Return the text as HTML, with `<mark>` where the index has set its marks."""
    html = escape(text).replace(MARKS[0], "<mark>").replace(MARKS[1], "</mark>")
    return mark_safe(html)  # noqa: S308, it is escaped
