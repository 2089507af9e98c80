"""The names of columns in the files that people have.

Names are compared without case, accents, spaces, punctuation and currency: `Unit Price (€)` is `unitprice`.
"""

import csv
import re
import tomllib
from collections.abc import Container, Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, override
from rest_framework import serializers

from core.fields import MAX_QUOTED_LENGTH, TextField
from core.files.dates import find_month
from core.files.shown_cells import parse_column_letters
from core.http.schema_checks import find_nearest
from core.sentences import fill
from core.texts.cleaning import clean_text
from core.texts.locales import LANGUAGES
from products.filing.columns import COLUMN_NAMES, FIELD, LABELS, MAPPED, NAMED_COLUMN, OPTION, say_column
from products.filing.errors import InvalidFile
from products.models import MAX_AXIS_LENGTH

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
TOTALS, YES_OR_NO, YES, NOT_GOODS, VARIANTS, TRACKED, NOT_TRACKED, TRACKERS = (
    frozenset(WORDS[name])
    for name in ("totals", "yes_or_no", "yes", "not_goods", "variants", "tracked", "not_tracked", "trackers")
)
PAID: list[str] = WORDS["paid"]
INCLUDED: list[str] = WORDS["included"]
BESIDE: dict[str, list[str]] = WORDS["beside"]
# The names in synonyms.toml by column. The names that are surest come first.
SYNONYMS: dict[str, tuple[str, ...]] = {
    column: tuple(words)
    for column, words in tomllib.loads((Path(__file__).parent / "synonyms.toml").read_text(encoding="utf-8")).items()
}
# The least likeness of a name that is suggested. A lower one finds unrelated words among those of seven languages.
LIKENESS = 0.75
MAX_COLUMNS = 100
MAX_NAME_LENGTH = 255  # the limit of a cell of the header
# The size of a cache. A header is sought in lines of up to 200 cells, and in two, three and four of these together. So
# each cell is normalised once, although it is in several headers that are tried.
MAX_REMEMBERED = 4096
CURRENCIES = (
    "eur|usd|gbp|chf|sek|nok|dkk|pln|czk|huf|cad|aud|ron|bgn|try|tl|rub|uah|jpy|cny|krw|inr|idr|vnd|brl|mxn|zł|kč|ft"
    "|руб|рубли|рублей|рублях|грн|元|円|원"  # noqa: RUF001
)
CURRENCY = re.compile(
    rf"[€$£¥₽₴₺₹₩₫]|(?<![^\W_])(?:{clean_text(CURRENCIES, MAX_NAME_LENGTH, 'NFKD')})(?![^\W_])", re.IGNORECASE
)
PLAIN = str.maketrans("łøđı", "lodi")  # letters that are missing on many keyboards and have no decomposition
LETTERS = re.compile(r"=([A-Za-z]{1,3})")  # in the parameter `columns`, `=C` is the third column, as in a formula
CURRENCY_WITH_IN = re.compile(rf"(?:\b(?:in|en|w|v|в)\s+)?(?:{CURRENCY.pattern})", re.IGNORECASE)


OF_PLACE = re.compile(r"quantity \[(.+)\]", re.IGNORECASE)  # the name of a column with the quantity in a place
MAPPED_TO_NAMED = re.compile(rf"(.*?):({NAMED_COLUMN.pattern}|{OF_PLACE.pattern})", re.IGNORECASE)
Mapping = dict[str | int, str]  # the column of products by the name or place of a column in the file


def normalize_name(name: str) -> str:
    """Return the name in the form in which names are compared.

    Raise ValidationError if the name is too long or has too many marks in a row. The length is checked first.
    """
    text = CURRENCY_WITH_IN.sub("", clean_text(name, MAX_NAME_LENGTH, "NFKD")).casefold().translate(PLAIN)
    return "".join(character for character in text if character.isalnum())


@lru_cache(MAX_REMEMBERED)
def normalize_column_name(name: str) -> str:
    """Return the normalised name. It is empty if no column can have this name."""
    try:
        return normalize_name(name)
    except ValidationError:
        return ""


NAMES = {column: [*map(normalize_name, (column, *SYNONYMS.get(column, ())))] for column in COLUMN_NAMES}
COLUMN_OF = {name: column for column, names in NAMES.items() for name in names}
RANKS = {name: rank for names in NAMES.values() for rank, name in enumerate(names)}
PARTS_OF_NAMES = re.compile(r"[\W_]+")
CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")  # between the words of `UnitCost`
MAX_WHOLE_WORD = 4  # a Latin word of at most so many letters counts only alone
SIZE = re.compile(r"\d+(?:[.,]\d+)?\s*[^\W\d_]{1,3}\.?")  # a name such as `500 g`, below which are prices
MONEY, TAXED = "money", "taxed"  # meanings of names that may mean the price
ALONE, WORTH = frozenset(WORDS["alone"]), {*map(normalize_name, WORDS["worth"])}
# Each meaning with its words. It is empty for words of columns that have neither stock nor money.
MEANINGS: list[tuple[str, list[str]]] = [
    (hint["meaning"], [word if word in ALONE else normalize_name(word) for word in hint["words"]])
    for hint in (*WORDS["hints"], {"meaning": "", "words": WORDS["pictures"]})
]
SAYS_NOTHING = re.compile(r"\d+|[^\W\dgl\u0433\u043b]")  # a number, or a letter that is no gram or litre
PRICES = next(words for meaning, words in MEANINGS if meaning == "price")
SOLD = [*map(normalize_name, WORDS["sold"])]
WITHOUT, WITH = [*map(normalize_name, PAID)], {*map(normalize_name, INCLUDED)}


def join_plain_words(column: str) -> re.Pattern[str]:
    """Return the pattern of the words in the plain names of a column of prices or stock, also of joined ones."""
    hints = [
        hint for meaning, hints in MEANINGS if meaning in (column, "tax" * (column != "quantity")) for hint in hints
    ]
    sold = SOLD if column == "price" else ()
    names = [name for named in (*SYNONYMS[column], *BESIDE[column], *sold) for name in PARTS_OF_NAMES.split(named)]
    words = {*map(normalize_name, (*hints, *names)), *((*WITH, *WITHOUT) if column != "quantity" else ())} - {""}
    joined = [word for word in words if len(word) >= MAX_WHOLE_WORD or not word.isascii()]
    longest = "|".join(sorted(joined, key=len, reverse=True))
    stems = "|".join(word for word in WITHOUT if not word.isascii()) if column != "quantity" else "(?!)"
    return re.compile(rf"(?:{longest})++|{'|'.join(words)}|(?:{stems})\w*")


PLAIN_WORDS = {column: join_plain_words(column) for column in BESIDE}


@lru_cache(MAX_REMEMBERED)
def find_meaning(name: str) -> str | None:
    """Return the column that a word in the name hints at.

    It is empty if a word says that the numbers are neither money nor stock, and None if no word is known. A currency
    alone hints at prices. The answer is TAXED for a price that is named by its tax alone, as `excl. VAT` is, and MONEY
    for a word that can mean the price or the cost, and for a size, below which are its prices.
    """
    key = normalize_column_name(name)
    if CURRENCY.search(name) and not key:
        return "price"
    words = {*list_words(name), *list_words(CAMEL.sub(" ", name)), key, *PARTS_OF_NAMES.split(name.lower())}
    if SIZE.fullmatch(name.strip()) or key in WORTH:
        return MONEY
    if words & NOT_GOODS:
        return ""
    meaning = next((meaning for meaning, hints in MEANINGS if has_words(words, hints)), None)
    return TAXED if meaning == "tax" and (words & WITH or has_words(words, WITHOUT)) else meaning


def list_words(name: str) -> set[str]:
    return {key for part in PARTS_OF_NAMES.split(name) if (key := normalize_column_name(part))}


def has_words(words: set[str], hints: Iterable[str]) -> bool:
    """Return whether one of the words is a hint. A long hint may also be the start or the end of a word."""
    return any(has_word(words, hint) for hint in hints)


def has_word(words: set[str], hint: str) -> bool:
    if hint in ALONE:
        return not words.isdisjoint((hint, f"{hint}s"))
    if not hint.isascii():
        return any(hint in word for word in words)
    if len(hint) <= MAX_WHOLE_WORD:
        return hint in words
    return any(word.startswith(hint) or word.endswith(hint) for word in words)


def says_paid(name: str) -> bool:
    """Return whether a word in the name of a price says that it is without VAT, or that dealers pay it."""
    return has_words(list_words(CAMEL.sub(" ", name)), WITHOUT)


def says_price(name: str) -> bool:
    """Return whether the name has a word of prices, also beside one of something else, as in `Price per kg`."""
    return has_words({*list_words(CAMEL.sub(" ", name))}, PRICES)


def says_sold(name: str) -> bool:
    """Return whether a word in the name of a price says that it is that of a sale, as the recommended one is."""
    return has_words(list_words(CAMEL.sub(" ", name)) | {normalize_column_name(name)}, SOLD)


@lru_cache(MAX_REMEMBERED)
def is_plain(name: str, column: str) -> bool:
    """Return whether a name with a word for this column of stock or prices has no word that makes it another one.

    `Safety stock` and `Price group` have one. Numbers, months and single letters change nothing.
    """
    meaning = find_meaning(name)
    if column not in PLAIN_WORDS or meaning != column != (meaning == TAXED and "price"):
        return False
    if column == "cost_price" and not says_price(name):
        return False
    return any(
        all(SAYS_NOTHING.fullmatch(word) or find_month(word) or PLAIN_WORDS[column].fullmatch(word) for word in words)
        for words in (list_words(name), list_words(CAMEL.sub(" ", name)))
    )


OWN_COLUMN = "stock_sequence"  # only the files that this service writes have it
MARKS = (OWN_COLUMN, "min_threshold", "pack_size")  # only the files for people have the labels of these columns


def translate_labels(labels: dict[str, str]) -> list[dict[str, str]]:
    """Return the columns by their normalised labels in each language."""
    names = []
    for language in LANGUAGES:
        with override(language):
            names.append({normalize_name(gettext(label)): column for column, label in labels.items()})
    return names


@cache
def list_own_names() -> list[dict[str, str]]:
    """Return the columns by their normalised names in files for people, in each language."""
    return translate_labels(LABELS)


def find_own_names(names: Iterable[str]) -> dict[str, str]:
    """Return the columns by normalised name if these are the names of a file for people, otherwise nothing.

    Such a file has one of MARKS, or only names of this service in one language.
    """
    keys = {*map(normalize_column_name, names)}
    for own in list_own_names():
        if (len(keys) > 2 and keys <= own.keys()) or not {*MARKS}.isdisjoint(map(own.get, keys)):
            return own
    return {}


@cache
def list_own_keys() -> set[str]:
    """Return the normalised names of OWN_COLUMN in each language."""
    return {key for own in list_own_names() for key, column in own.items() if column == OWN_COLUMN}


def rank_name(key: str) -> int:
    """Return the position of a normalised name among those of its column. The smaller it is, the surer the name."""
    return RANKS.get(key, len(RANKS))


def find_named_column(name: str, keys: Container[str]) -> str | None:
    """Return the column of an option or an own field with this name: `Option: size` is `option:size`.

    `keys` are those of the shop's own fields.
    """
    found = NAMED_COLUMN.fullmatch(name)
    if found and found[1].lower() == FIELD:
        key = found[2].strip().lower()
        return f"{FIELD}:{key}" if key in keys else None
    try:
        return found and f"{OPTION}:{TextField(max_length=MAX_AXIS_LENGTH).run_validation(found[2])}"
    except serializers.ValidationError:
        return None


def parse_mapping(text: str, known: Sequence[str] = MAPPED) -> Mapping:
    """Return the parameter `columns` (`Regal:,Preis netto:cost_price,=D:price`) as columns by normalised name or place.

    `known` are the columns that it may name. If it names none, the file's column is ignored. A part with a comma is in
    quotes. Raise InvalidFile.
    """
    try:
        parts = next(csv.reader([text], strict=True), [])
    except csv.Error:
        raise InvalidFile(gettext('The parameter columns has an odd quote (").')) from None
    mapping: Mapping = {}
    for part in parts:
        named = MAPPED_TO_NAMED.fullmatch(part)
        name, separator, column = (named[1], ":", named[2]) if named else part.rpartition(":")
        if not separator:
            said = fill(
                "{part} in columns is not a name in the file, a colon and the column of a product."
                " Example: Regal:,Preis netto:cost_price.",
                part=quote(part),
            )
            raise InvalidFile(said)
        column = column.strip()
        if not (column in ("", *known) or NAMED_COLUMN.fullmatch(column) or OF_PLACE.fullmatch(column)):
            nearest = find_nearest(column, known)
            hint = fill(" Did you mean {nearest}?", nearest=nearest) if nearest else ""
            values = {"column": quote(column), "hint": hint, "known": ", ".join(known)}
            raise InvalidFile(
                fill("There is no column {column}, which columns names.{hint} Columns: {known}.", **values)
            )
        letters = LETTERS.fullmatch(name.strip())
        mapping[parse_column_letters(letters[1]) - 1 if letters else read_mapped_name(name)] = column
    return mapping


def name_stock(place: str) -> str:
    """Return the name of the column with the stock of this place."""
    return f"quantity [{place}]"


def read_mapped_name(name: str) -> str:
    """Return the normalised name. Raise InvalidFile if no column can have this name."""
    try:
        return normalize_name(name)
    except ValidationError as error:
        values = {"name": quote(name), "reason": error.messages[0]}
        raise InvalidFile(fill("{name} in columns is not the name of a column: {reason}", **values)) from error


def find_letter(place: int) -> str:
    """Return the letter of the column at this place in a spreadsheet. Places begin at 0."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def find_similar(name: str, known: Iterable[str]) -> str | None:
    """Return the column with the most similar name which the file does not have, if one is similar enough.

    A column of ids of another program (`SupplierID`) never counts as similar.
    """
    key = normalize_column_name(name)
    free = [word for word, column in COLUMN_OF.items() if column not in known]
    nearest = None if key.endswith("id") else find_nearest(key, free, LIKENESS)
    return COLUMN_OF[nearest] if nearest else None


def suggest_column(name: str, known: Iterable[str]) -> str:
    """Return a question that names the most similar column, or an empty text if there is none."""
    column = find_similar(name, known)
    return fill("Did you mean {column} by {name}?", column=say_column(column), name=quote(name)) if column else ""


def count_known(names: Iterable[str]) -> int:
    """Return the number of these cells that are names of columns."""
    return sum(normalize_column_name(name) in COLUMN_OF for name in names)


def quote(name: str) -> str:
    return f'"{name[:MAX_QUOTED_LENGTH]}"'
