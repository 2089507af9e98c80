"""The catalogues of translations are complete, keep placeholders, and are compiled; templates have no unmarked text."""

import ast
import gettext
import re
from functools import cache

import pytest
from django.conf import settings

from testing.laws.page_texts import list_texts
from testing.laws.sources import ROOT, list_files
from testing.tables import all_cases

LANGUAGES = ("de", "fr", "es")
TEXT = r'".*"(?:\n".*")*'  # several lines, if the text has line ends
ENTRY = re.compile(
    rf"^msgid (?P<id>{TEXT})\n(?:msgid_plural (?P<plural>{TEXT})\nmsgstr\[0\] (?P<one>{TEXT})\n"
    rf"msgstr\[1\] (?P<many>{TEXT})|msgstr (?P<text>{TEXT}))$",
    re.MULTILINE,
)
PLACEHOLDER = re.compile(r"\{[a-zA-Z_]*(?::,)?\}|%\([a-z_]+\)s|<[^>]+>")
VALUE = re.compile(r"\{[a-zA-Z_]*(?::,)?\}|%\([a-z_]+\)s")
REORDERED = {
    "Meinten Sie mit {name} {column}?", "Par {name}, vouliez-vous dire {column} ?",
    "Für {amount} wurde {tendered} gegeben: Das ist zu wenig.",
}  # fmt: skip
# The support desk is in English, and so are pages that name the language of their content.
TEMPLATES = [
    path
    for path in list_files("templates/**/*.*")
    if "support" not in path.relative_to(ROOT).parts
    and path.name not in ("docs.html", "first_call.txt")
    and ' lang="en"' not in path.read_text()
]
PAGES = [
    path
    for pattern in ("**/pages.py", "**/pages/*.py", "**/*_page.py", "**/*_pages.py", "plots.py")
    for path in list_files(pattern)
    if "support" not in path.parts and path.name != "__init__.py"
]
SENTENCE = re.compile(r"[A-Z][a-z']+ [^/]*[a-z]{2}|[^<]*[a-z]{3} [a-z]{3,}")
TAG = re.compile(r"\{% *(?:block)?comment.*?endcomment *%\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
MARKED = re.compile(r"\{% *blocktranslate.*?endblocktranslate *%\}", re.DOTALL)
SHOWN_TEXT = re.compile(r">([^<>]*)<|(?:aria-label|placeholder|title)=\"([^\"]*)\"")
UNTRANSLATED = {"", "API", "Inventory API", "– Inventory API", "JSON", "PATCH", "/api/products/alerts/", "/api/tills/",
    "/api/reports/refill/", "/api/stock/reservations/?state=expired", "/api/views//run/",
    ": – Inventory API", "Decisions", 'lang=""',
}  # fmt: skip


@cache
def read_catalogue(language):
    """Return the entries of the catalogue by message: the translation, or the pair of singular and plural."""
    text = (settings.LOCALE_PATHS[0] / language / "LC_MESSAGES/django.po").read_text()
    _header, _blank, body = text.partition("\n\n")
    entries = {}
    for entry in ENTRY.finditer(body):
        parts = {name: ast.literal_eval(f"({part})") for name, part in entry.groupdict().items() if part}
        forms = (parts["one"], parts["many"]) if "plural" in parts else (parts.get("text", ""),)
        entries[parts["id"]] = (forms, parts.get("plural", parts["id"]))
    assert len(entries) == body.count("\nmsgid ") + body.startswith("msgid ")
    return entries


@all_cases("language", LANGUAGES)
def test_every_message_has_a_translation_with_its_placeholders(language):
    for message, (forms, plural) in read_catalogue(language).items():
        assert all(forms), message
        assert set(PLACEHOLDER.findall(forms[0])) <= set(PLACEHOLDER.findall(message)), message
        assert sorted(PLACEHOLDER.findall(forms[-1])) == sorted(PLACEHOLDER.findall(plural)), message


@pytest.mark.quick
def test_placeholders_stand_in_the_order_of_the_message():
    """A translation with two of them exchanged says something else. Those that need another order are listed."""
    found = {
        forms[-1]
        for language in LANGUAGES
        for forms, message in read_catalogue(language).values()
        if VALUE.findall(forms[-1]) != VALUE.findall(message)
    }
    assert found == REORDERED


@all_cases(("language", "word"), [("de", "Journal"), ("fr", "registre"), ("es", "registro")])
def test_a_language_has_one_word_for_the_ledger(language, word):
    found = {message: forms[-1] for message, (forms, _plural) in read_catalogue(language).items()}
    others = {text for message, text in found.items() if re.search(r"\bledger\b", message, re.IGNORECASE)}
    assert {text for text in others if not re.search(rf"\b{word}s?\b", text, re.IGNORECASE)} == set()


def test_all_languages_have_the_same_messages():
    assert len({frozenset(read_catalogue(language)) for language in LANGUAGES}) == 1


def test_the_texts_that_pages_take_from_code_are_in_the_catalogue():
    """Names of views, labels and help texts of fields, and the words for codes. testing/messages.py finds them."""
    assert list_texts() - set(read_catalogue("de")) == set()


@all_cases("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_text(language):
    """`manage.py compilemessages` makes it."""
    with (settings.LOCALE_PATHS[0] / language / "LC_MESSAGES/django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    expected = {}
    for message, (forms, _plural) in read_catalogue(language).items():
        expected |= {message: forms[0]} if len(forms) == 1 else {(message, n): form for n, form in enumerate(forms)}
    assert {message: text for message, text in compiled.items() if message} == expected


def find_unmarked(path):
    """Return the texts of a template that are shown and not marked."""
    text = TAG.sub("", MARKED.sub("", path.read_text()))
    if path.suffix == ".txt":
        shown = {line.strip() for line in text.splitlines()}
    else:
        found = SHOWN_TEXT.findall(f">{text}<")
        shown = {" ".join((part or attribute).split()) for part, attribute in found}
    return {words for words in shown - UNTRANSLATED if re.search(r"[A-Za-z]{2}", words)}


def test_no_template_has_unmarked_text():
    assert len(TEMPLATES) > 100
    assert {str(path): found for path in TEMPLATES if (found := find_unmarked(path))} == {}


def test_no_module_of_pages_has_an_unmarked_sentence():
    """A sentence with values is no f-string, because makemessages does not find it."""
    catalogue = read_catalogue("de")
    texts = {*catalogue, *(plural for _forms, plural in catalogue.values())}
    assert len(PAGES) >= 80
    assert {str(path): found for path in PAGES if (found := find_sentences(path) - texts)} == {}


def find_sentences(path):
    """Return the sentences of a module, without its docstrings."""
    return {text for text in list_strings(ast.parse(path.read_text())) if SENTENCE.match(text)}


def list_strings(tree):
    """Yield the texts of the module and the parts of its f-strings, without docstrings."""
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, described) and is_text(node.body[0])
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def is_text(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
