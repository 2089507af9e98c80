"""The search in the documentation, by the full-text search of SQLite, in the memory of each process."""

import re
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from heapq import nlargest
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api.documentation.pages import DocumentationPage, find_index, read_contents, read_pages
from inventory_api.documentation.rendering import PageSection

MAX_QUERY_LENGTH, MAX_WORDS, MAX_RESULTS, EXCERPT_WORDS = 200, 16, 40, 35
WORD = re.compile(r"\w+(?:[-.']\w+)*")
# The columns of the tables, and how much a word counts in each. The points for names and for text are separate, because
# a word that is rare in texts, such as one of an example, would otherwise decide.
PAGE_NAMES = {"title": 2.0, "headings": 1.0, "asked": 1.0}
NAMES = {"title": 1.0, "heading": 4.0, "asked": 4.0}
TEXTS = {"text": 0.6, "code": 0.03}
COLUMNS = {"page": [*PAGE_NAMES], "section": [*NAMES, *TEXTS]}
OF_PAGE = 0.6  # the points of a page are multiplied by this, and then added to those of its sections
IN_TEXT = 0.5  # the part of a word that a section covers if only its text has the word
NAMED = 9.0  # the points of the first section of a page whose name is the query
MIN_COVERED = 0.5  # a section fits well if it has more than this share of the words
# The points of a page are multiplied by these: guides for shops answer most questions, and the last pages the fewest.
GUIDE, OTHER, LAST = 1.1, 1.0, 0.5
FOREIGN = 0.5  # another factor, for pages in English that the index in another language names
LAST_PAGES = re.compile("/docs/(decisions|compatibility|architecture|reliability|changelog|errors|readme)/")
COLUMN_NAMES = "/docs/column-names/"
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
    """The pages in a language and their sections, in a database in memory. Threads share it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words = WORDS[language]
        self.ignored = frozenset(self.words["ignored"].split())
        self.synonyms = read_synonyms(self.words["synonyms"])
        self.replaced = {text for texts in self.words["synonyms"].values() for text in texts}
        self.prefixes = tuple(text[:-1] for text in self.replaced if text.endswith("*") and " " not in text)
        self.entries = list(list_entries(language, self.words["asked"]))
        words = {*VOCABULARY_WORD.findall(" ".join(map(join_texts, self.entries)).lower())}
        self.vocabulary = {letter: [*group] for letter, group in groupby(sorted(words), key=lambda word: word[0])}
        pages = [list(group) for _, group in groupby(self.entries, key=lambda entry: entry.page.address)]
        self.weights = [self.find_weight(entries[0].page) for entries in pages]
        self.page_of = [number for number, entries in enumerate(pages) for _ in entries]
        firsts = [(number, entry.page) for number, entry in enumerate(self.entries) if entry.section.level == 1]
        # The names of columns in files are those of all languages, so a question that has one is in none of them.
        columns = [str(number) for number, entry in enumerate(self.entries) if entry.page.address == COLUMN_NAMES]
        self.condition = f"AND rowid NOT IN ({', '.join(columns)})"
        names = [(name, number) for number, page in firsts for name in list_names(page)]
        self.names = {" ".join(WORD.findall(name.lower())): number for name, number in names}
        self.lock = Lock()
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.insert("page", map(list_page_texts, pages))
        self.insert("section", map(list_texts, self.entries))

    def insert(self, table: str, rows: Iterable[tuple[str, ...]]) -> None:
        """Make the table, with these rows, which are numbered from 0."""
        columns, stemmer = ", ".join(COLUMNS[table]), "porter " if self.language == ENGLISH else ""
        self.database.execute(f"CREATE VIRTUAL TABLE {table} USING fts5({columns}, tokenize = '{stemmer}unicode61')")
        values = ", ".join("?" * len(COLUMNS[table]))
        insert = f"INSERT INTO {table} (rowid, {columns}) VALUES (?, {values})"  # noqa: S608
        self.database.executemany(insert, ((number, *row) for number, row in enumerate(rows)))

    def execute(self, table: str, columns: str, match: str, condition: str = "") -> list[Any]:
        statement = f"SELECT rowid, {columns} FROM {table} WHERE {table} MATCH ? {condition}"  # noqa: S608
        with self.lock:
            return self.database.execute(statement, (match,)).fetchall()

    def rate(self, table: str, weights: dict[str, float], phrases: list[str]) -> dict[int, float]:
        """Return the points of the rows that have a phrase in one of these columns. Only the best phrase counts."""
        ranks = ", ".join(str(weights.get(column, 0)) for column in COLUMNS[table])
        columns, points = " ".join(weights), dict[int, float]()
        for phrase in phrases:
            for number, rank in self.execute(table, f"bm25({table}, {ranks})", f"{{{columns}}}: {phrase}"):
                points[number] = max(points.get(number, 0), -rank)
        return points

    def count_known(self, words: list[str]) -> int:
        return sum(map(self.is_known, words))

    def is_ignored(self, word: str) -> bool:
        return word in self.ignored or bool(SMALL_NUMBER.fullmatch(word))

    def is_known(self, word: str) -> bool:
        return (
            self.is_ignored(word)
            or word in self.replaced
            or word.startswith(self.prefixes)
            or bool(self.execute("section", "1", self.quote(word), f"{self.condition} LIMIT 1"))
        )

    def quote(self, text: str) -> str:
        """Return the text as a phrase of a query. SQLite knows the stems of English alone: the end of others is cut."""
        if self.language == ENGLISH or len(text) < MIN_STEM:
            return f'"{text}"'
        return f'"{text[: max(MIN_STEM, len(text) - 2)]}" *'

    def find_weight(self, page: DocumentationPage) -> float:
        """Return by what the points of the page are multiplied."""
        _, guides = read_contents()[0]
        is_guide = page.address in {link.address for link in guides}
        weight = GUIDE if is_guide else LAST if LAST_PAGES.match(page.address) else OTHER
        return weight if page.language == self.language else weight * FOREIGN

    def search(self, words: list[str]) -> list[SearchResult]:
        """Return the best sections. If the query is the name of a page, its first section comes first."""
        groups, missing = self.group_words(words)
        points, found = self.collect_points(groups)
        if (named := self.names.get(" ".join(words))) is not None:
            points[named] = NAMED
        numbers = nlargest(MAX_RESULTS, points, key=lambda number: points[number])
        are_close = bool(numbers) and found[numbers[0]] > (missing + len(groups)) * MIN_COVERED
        return self.make_results(numbers, " OR ".join(phrase for phrases in groups for phrase in phrases), are_close)

    def collect_points(self, groups: list[list[str]]) -> tuple[dict[int, float], Counter[int]]:
        """Return the points of each section, and in how many of the groups it has a phrase.

        They are the points of the section and of its page, each multiplied by the number of words that it has.
        """
        pages, sections, in_pages, in_sections, found = (Counter[int]() for _ in range(5))
        for phrases in groups:
            names, texts = (self.rate("section", weights, phrases) for weights in (NAMES, TEXTS))
            sections.update(names)
            sections.update(texts)
            in_sections.update({**dict.fromkeys(texts, IN_TEXT), **dict.fromkeys(names, 1)})
            found.update({*names, *texts})
            pages.update(self.rate("page", PAGE_NAMES, phrases))
            in_pages.update({self.page_of[number] for number in (*names, *texts)})
        of_pages = scale({page: gain * in_pages[page] * self.weights[page] for page, gain in pages.items()})
        weights = [self.weights[page] for page in self.page_of]
        own = scale({number: gain * in_sections[number] * weights[number] for number, gain in sections.items()})
        return {number: gain + OF_PAGE * of_pages.get(self.page_of[number], 0) for number, gain in own.items()}, found

    def correct(self, word: str) -> str:
        """Return the word if the pages have it, or else the most similar one with the same first letter.

        For a compound, such as "Kundenbestellung", return the word at its end.
        """
        if self.is_known(word) or len(word) < MIN_STEM:
            return word
        similar = get_close_matches(word, self.vocabulary.get(word[0], []), 1, SIMILAR)
        ends = (word[start:] for start in range(1, len(word) - MIN_STEM + 1))
        return next((one for one in (*similar, *ends) if self.is_known(one)), word)

    def group_words(self, words: list[str]) -> tuple[list[list[str]], int]:
        """Return the phrases to look for, in groups of which only the best phrase counts.

        Also return the number of words that no page has and that were replaced by a word which the search ignores.
        """
        text, groups = " ".join(map(self.correct, words)), []
        missing = sum(not self.is_ignored(word) and self.is_ignored(self.correct(word)) for word in words)
        for pattern, phrases in self.synonyms:
            typed = [found for found in pattern.findall(text) if not self.is_ignored(found)]
            text, count = pattern.subn(" ", text)
            groups += [[*phrases, *typed]] if count else []
        rest = [word for word in text.split() if not self.is_ignored(word)] or ([] if groups else words)
        return [list(map(self.quote, phrases)) for phrases in (*groups, *([word] for word in rest))], missing

    def make_results(self, numbers: list[int], match: str, are_close: bool) -> list[SearchResult]:
        marks = ", ".join(f"char({ord(mark)})" for mark in MARKS)
        columns = f"highlight(section, 1, {marks}), snippet(section, 3, {marks}, '…', {EXCERPT_WORDS})"
        condition = f"AND rowid IN ({', '.join(map(str, numbers))})"
        texts = (
            {number: found for number, *found in self.execute("section", columns, match, condition)} if numbers else {}
        )
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


def list_texts(entry: Entry) -> tuple[str, ...]:
    """Return the columns of a section."""
    section = entry.section
    return " ".join(list_names(entry.page)), section.heading, entry.asked, section.text, " ".join(section.codes)


def list_page_texts(entries: list[Entry]) -> tuple[str, ...]:
    """Return the columns of a page with these sections."""
    headings = " ".join(entry.section.heading for entry in entries[1:])
    return " ".join(list_names(entries[0].page)), headings, " ".join(entry.asked for entry in entries)


def list_names(page: DocumentationPage) -> tuple[str, str]:
    """Return the name in the address of a page, and its title."""
    return page.address.split("/")[-2].replace("-", " "), page.title


def scale(points: dict[int, float]) -> dict[int, float]:
    """Return the points as shares of the highest."""
    highest = max(points.values(), default=0) or 1
    return {number: gain / highest for number, gain in points.items()}


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


def mark(text: str) -> SafeString:
    """Return the text as HTML, with `<mark>` where the index has set its marks."""
    html = escape(text).replace(MARKS[0], "<mark>").replace(MARKS[1], "</mark>")
    return mark_safe(html)  # noqa: S308, it is escaped
