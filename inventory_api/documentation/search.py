"""The search in the documentation: the full-text search of SQLite, on the stems of words, in each process's memory."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from threading import Lock
from typing import NamedTuple

import snowballstemmer
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.texts.folding import fold
from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api.documentation.pages import DocumentationPage, find_index, read_contents, read_pages
from inventory_api.documentation.rendering import ROW, PageSection

MAX_QUERY_LENGTH, MAX_WORDS, MAX_RESULTS, EXCERPT_WORDS, WORDS_BEFORE = 200, 16, 40, 35, 5
MIN_LETTERS = 3  # shorter words, such as "I", "my" and "17", are looked for only if the query has no others
MIN_PART = 6  # an unknown word is taken for the longest known one that it begins with, of at least these letters
WORD = re.compile(r"(\w+)")
STEMMERS = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}
# How much a word counts in each column of a section.
WEIGHTS = {"page": 2, "heading": 6, "asks": 8, "text": 1, "code": 0.1}
COLUMNS = ", ".join(WEIGHTS)
# A name such as `insufficient_stock` is one word.
TOKENS = "unicode61 tokenchars '_'"
# The points of the page are added to those of its sections: what a page is about takes more words than a section has.
CREATE = f"""
CREATE VIRTUAL TABLE section USING fts5({COLUMNS}, page_id UNINDEXED, factor UNINDEXED, tokenize = "{TOKENS}");
CREATE VIRTUAL TABLE whole USING fts5({COLUMNS}, tokenize = "{TOKENS}")"""
ADD_SECTION = """INSERT INTO section (rowid, page, heading, asks, text, code, page_id, factor)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
ADD_PAGE = "INSERT INTO whole (rowid, page, heading, asks, text, code) VALUES (?, ?, ?, ?, ?, ?)"
POINTS = f"bm25({{}}, {', '.join(map(str, WEIGHTS.values()))})"
SEARCH = f"""WITH pages AS MATERIALIZED (
    SELECT rowid AS id, {POINTS.format("whole")} AS points FROM whole WHERE whole MATCH :match
)
SELECT section.rowid, ({POINTS.format("section")} + points) * factor AS sum
FROM section JOIN pages ON id = page_id WHERE section MATCH :match
ORDER BY section.rowid IS :named DESC, sum LIMIT {MAX_RESULTS}"""  # noqa: S608
# The points are multiplied by the share of the words that a section has, to this power: a section with one rare word
# answers fewer questions than one with all of them.
SHARE_POWER = 0.4
# The points of a section are multiplied by these. The last ones answer the fewest questions, and one about a system is
# for those who come from it. A page in the language of the index comes before one that is there in English alone.
FIRST, SYSTEM, LAST, FOREIGN = 1.0, 0.7, 0.5, 0.85
LAST_PAGES = re.compile("/docs/(decisions|compatibility|architecture|reliability|changelog|errors|routes|components)/")
SYSTEMS, LIMITS = re.compile(r"/docs/(\w\w/)?moving/"), "limits"


class SearchResult(NamedTuple):
    """A section that was found, and the page's title unless that is its heading. The words are marked."""

    address: str
    page: str
    heading: SafeString
    excerpt: SafeString
    language: str
    page_language: str  # differs if the index in one language names a page that is only there in English
    is_close: bool  # whether the section has most of the words

    @property
    def language_name(self) -> str:
        return LANGUAGES[self.page_language]


class Entry(NamedTuple):
    page: DocumentationPage
    section: PageSection
    description: str  # what the index says about the section, or with the first one about the page
    asks: str  # the words of people who look for the section
    factor: float

    @property
    def page_name(self) -> str:
        return self.page.address.split("/")[-2].replace("-", " ")

    def list_texts(self) -> tuple[str, ...]:
        page = f"{self.page_name} {self.page.title} {self.description}"
        return page, self.section.heading, self.asks, self.section.text, " ".join(self.section.codes)

    def list_names(self) -> list[str]:
        """Return the queries to which the section is the best answer."""
        if self.section.level == 1:
            return [self.section.heading, self.page_name]
        return [self.section.heading] if self.section.level == ROW or self.factor == FIRST else []


def search_sections(query: str, language: str = ENGLISH) -> list[SearchResult]:
    """Return the best sections: in the language that knows most of the words, then in the reader's, then in English."""
    text = query[:MAX_QUERY_LENGTH]
    words = pick_words(text)[:MAX_WORDS]
    known = {one: read_index(one).count_known(text) for one in dict.fromkeys((language, ENGLISH, *LANGUAGES))}
    best = max(known, key=lambda one: known[one])
    found = (row for one in dict.fromkeys((best, language, ENGLISH)) for row in read_index(one).search(words))
    return list(islice(found, MAX_RESULTS))


@cache
def read_index(language: str) -> "Index":
    return Index(language)


class Index:
    """The stems of the sections in a language, in a database in memory. Threads share it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.entries = list(list_entries(language))
        texts = [entry.list_texts() for entry in self.entries]
        words = list({word for row in texts for text in row for word in split_words(text)})
        self.stems = dict(zip(words, find_stems(words, language), strict=True))
        self.names = self.list_names()
        self.counts = Counter(stem for entry in self.entries for stem in self.collect_stems(entry))
        self.lock = Lock()
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.fill([[" ".join(self.list_stems(text)) for text in row] for row in texts])

    def fill(self, rows: list[list[str]]) -> None:
        self.database.executescript(CREATE)
        pages: dict[str, list[list[str]]] = {}
        for number, (entry, row) in enumerate(zip(self.entries, rows, strict=True)):
            pages.setdefault(entry.page.address, []).append(row)
            self.database.execute(ADD_SECTION, (number, *row, [*pages].index(entry.page.address), entry.factor))
        for number, page in enumerate(pages.values()):
            names, *texts = zip(*page, strict=True)
            self.database.execute(ADD_PAGE, (number, names[0], *map(" ".join, texts)))

    def list_names(self) -> dict[tuple[str, ...], int]:
        """Return the numbers of the sections by their headings, and of the first ones by the names of their pages."""
        names: dict[tuple[str, ...], int] = {}
        for number, entry in sorted(enumerate(self.entries), key=lambda row: row[1].section.level != 1):
            for name in entry.list_names():
                names.setdefault(tuple(find_stems(pick_words(name), self.language)), number)
        return names

    def list_stems(self, text: str) -> list[str]:
        return [self.stems[word] for word in split_words(text)]

    def collect_stems(self, entry: Entry) -> set[str]:
        return {*self.list_stems(" ".join(entry.list_texts()))}

    def count_known(self, text: str) -> int:
        return sum(stem in self.counts for stem in {*find_stems(split_words(text), self.language)})

    def find_known(self, stem: str) -> str:
        """Return the stem, or if no section has it the longest one that it begins with: Etikett of Etikettendrucker."""
        parts = (stem[:length] for length in range(len(stem), MIN_PART - 1, -1))
        return next((part for part in parts if part in self.counts), stem)

    def search(self, words: list[str]) -> list[SearchResult]:
        """Return the best sections. If the query is the name of a section or page, this comes first."""
        stems = [self.find_known(stem) for stem in find_stems(words, self.language)]
        named = self.names.get(tuple(stems))
        match = " OR ".join(f'"{stem}"' for stem in stems)
        with self.lock:
            rows = self.database.execute(SEARCH, {"match": match, "named": named}).fetchall() if match else []
        points = {number: found * self.find_share(number, {*stems}) ** SHARE_POWER for number, found in rows}
        numbers = sorted(points, key=lambda number: (number != named, points[number]))  # FTS5 counts below zero
        return [self.make_result(number, {*stems}) for number in numbers]

    def find_share(self, number: int, stems: set[str]) -> float:
        """Return the share of these stems that a section has."""
        return len(stems & self.collect_stems(self.entries[number])) / len(stems)

    def make_result(self, number: int, stems: set[str]) -> SearchResult:
        entry = self.entries[number]
        page, section = entry.page, entry.section
        marked = {stem for stem in stems if self.counts[stem] < len(self.entries) / 2}  # not "the", "and" or "of"
        return SearchResult(
            f"{page.address}#{section.anchor}",
            "" if section.level == 1 else page.title,
            self.mark(section.heading, marked),
            self.mark(self.cut(section.text, marked), marked),
            self.language,
            page.language,
            self.find_share(number, stems) > 1 / 2,
        )

    def cut(self, text: str, stems: set[str]) -> str:
        """Return the part of the text that has most of these stems."""
        words = text.split()
        found = [stems.intersection(self.list_stems(word)) for word in words]
        starts = [place for place, here in enumerate(found) if here]
        best = max(starts, default=0, key=lambda place: len(set().union(*found[place : place + EXCERPT_WORDS])))
        first = max(best - WORDS_BEFORE, 0)
        last = first + EXCERPT_WORDS
        return f"{'…' if first else ''}{' '.join(words[first:last])}{'…' if last < len(words) else ''}"

    def mark(self, text: str, stems: set[str]) -> SafeString:
        """Return the text as HTML, with `<mark>` around the words that have one of these stems."""
        return format_html_join("", "{}", ((self.mark_word(part, stems),) for part in WORD.split(text)))

    def mark_word(self, word: str, stems: set[str]) -> str:
        return format_html("<mark>{}</mark>", word) if self.stems.get(word.lower()) in stems else word


def split_words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def pick_words(text: str) -> list[str]:
    """Return the words to look for, each once."""
    words = list(dict.fromkeys(split_words(text)))
    return [word for word in words if len(word) >= MIN_LETTERS] or words


def find_stems(words: Iterable[str], language: str) -> list[str]:
    """Return the stem of each word. A stemmer keeps the word that it examines, so threads can't share one."""
    return [fold(stem) for stem in snowballstemmer.stemmer(STEMMERS[language]).stemWords(words)]


def list_entries(language: str) -> Iterator[Entry]:
    """Yield the sections of the pages in the language, and the other pages that its index names."""
    index = find_index(language)
    links = [link for _, links in read_contents(language) for link in links]
    descriptions = {link.address: link.description for link in links}
    for page in read_pages().values():
        if page.language == language and page.address != index:
            for number, section in enumerate(page.sections):
                address = f"{page.address}#{section.anchor}" if number else page.address
                asks = section.asks.get("", "")
                yield Entry(page, section, descriptions.get(address, ""), asks, find_factor(page, section))
        elif page.language == ENGLISH:
            for section in page.sections:
                if foreign := section.asks.get(language):
                    heading = PageSection(section.level, section.heading, section.anchor, [foreign])
                    yield Entry(page, heading, "", foreign, FOREIGN)
    for link in links:
        address, _, anchor = link.address.removeprefix("/docs/").partition("#")
        if link.language != language and address in read_pages():
            page = read_pages()[address]
            heading = PageSection(1, link.text, anchor or page.sections[0].anchor, [link.description])
            yield Entry(page, heading, link.description, "", FOREIGN)


def find_factor(page: DocumentationPage, section: PageSection) -> float:
    """Return the factor of what many ask for, of a system that people come from, or of what is hardly a task."""
    if section.anchor == LIMITS or LAST_PAGES.match(page.address):
        return LAST
    return SYSTEM if section.level == 3 and SYSTEMS.match(page.address) else FIRST
