"""The guides for shops in all languages: they have the parts of the English ones, and the names that the pages show."""

import re
from functools import cache

import pytest
from django.conf import settings

from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api.documentation.pages import find_index, read_contents, read_pages
from inventory_api.documentation.rendering import MARKDOWN, find_language, resolve_link
from inventory_api.tests.test_translations import read_catalogue
from testing.tables import all_cases

FOLDER = settings.BASE_DIR / "docs"
GUIDES = (
    "counting", "first-day", "first-month", "making-products", "moving", "returns-and-orders", "second-factor",
    "selling-kits", "till-page", "what-it-is-not",
)  # fmt: skip
TRANSLATED = [language for language in LANGUAGES if language != ENGLISH and (FOLDER / language).is_dir()]
PAGES = [(language, guide) for language in TRANSLATED for guide in GUIDES]
CODE = re.compile(r"^```.*?^```$|`[^`]+`", re.MULTILINE | re.DOTALL)
# Names are bold, or in quotation marks of any language.
NAME = re.compile(r"\*\*(.+?)\*\*|[\"„“«](?: |\u00a0|\u202f)?([^\"„“”«»]+?)(?: |\u00a0|\u202f)?[\"“”»]", re.DOTALL)
PLACEHOLDER = re.compile(r"\{\w+(?::,)?\}|%\(\w+\)s")
# How many bold texts and quotations of an English guide are no names on a page: words that are stressed, examples of
# what people type, and names in browsers and in other systems.
STRESSED = {"counting": 4, "first-day": 1, "moving": 52, "second-factor": 4, "till-page": 2}
# Those of the translations. The names in other systems are English in all of them.
NO_NAMES = {
    "de": {
        "Teekannen, Juli", "Sie haben auf diesem Gerät 12 von 20 gezählt, um 14:10.",
        "Alle … Produkte innerhalb der Toleranz speichern", "Produkte exportieren", "Grüntees", "asset",
        "asset id", "labels", "location", "Ladentisch", "Installieren", "Zum Startbildschirm hinzufügen",
    },
    "fr": {
        "Théières, juillet", "Vous avez compté 12 sur 20 sur cet appareil, à 14:10.", "Stock",
        "exporter les produits", "Thés verts", "comptoir", "Installer", "Ajouter à l'écran d'accueil",
    },
    "es": {
        "Teteras, julio", "Ha contado 12 de 20 en este dispositivo, a las 14:10.", "exportar productos",
        "Tés verdes", "Precio unitario", "Existencias", "mostrador", "Instalar",
        "Añadir a la pantalla de inicio",
    },
}  # fmt: skip

# Hours that the other versions write with their minutes.
NUMBERS_OF_ONE = {("fr", "counting"): {"10", "11", "17"}}


def read_guide(language, guide):
    folder = FOLDER if language == ENGLISH else FOLDER / language
    return (folder / f"{guide}.md").read_text(encoding="utf-8")


def find_names(text):
    return {" ".join((bold or quoted).split()) for bold, quoted in NAME.findall(CODE.sub("", text))}


@cache
def list_shown(language):
    """Return the texts that pages show in the language, without placeholders at their ends."""
    return {
        PLACEHOLDER.sub("", text).strip(" :.…")
        for message, (forms, plural) in read_catalogue(language if language != ENGLISH else "de").items()
        for text in ((message, plural) if language == ENGLISH else forms)
    }


def is_shown(name, shown):
    """Return whether the pages show the name, or each part of a way such as "Shop → Settings"."""
    return all(part.strip(" :.…") in shown for part in re.split("[→>]", name))


@all_cases("guide", GUIDES)
def test_the_guides_are_there_in_every_language_or_in_english_only(guide):
    found = {language for language in LANGUAGES if (FOLDER / language / f"{guide}.md").exists()}
    assert found in (set(), {*LANGUAGES} - {ENGLISH})


def find_unknown(language, guide):
    """Return the names in the guide that no page shows."""
    shown = list_shown(language)
    return {name for name in find_names(read_guide(language, guide)) if not is_shown(name, shown)}


@all_cases("guide", GUIDES)
def test_the_names_in_a_guide_are_those_of_the_pages(guide):
    unknown = find_unknown(ENGLISH, guide)
    assert len(unknown) <= STRESSED.get(guide, 0), unknown


@all_cases(("language", "guide"), PAGES)
def test_the_names_in_a_translated_guide_are_those_of_the_pages(language, guide):
    shown = list_shown(ENGLISH) | find_unknown(ENGLISH, guide) if guide == "moving" else set()
    unknown = find_unknown(language, guide) - NO_NAMES[language]
    assert {name for name in unknown if not is_shown(name, shown) and name not in shown} == set()


def find_parts(text):
    """Return the number of sections and the names of the pictures."""
    tokens = MARKDOWN.parse(text)
    pictures = [child.attrs["src"] for token in tokens for child in token.children or [] if child.type == "image"]
    sections = [token for token in tokens if token.type == "heading_open" and token.tag == "h2"]
    return len(sections), [str(picture).rpartition("/")[2] for picture in pictures]


@all_cases(("language", "guide"), PAGES)
def test_a_translated_guide_has_the_sections_and_pictures_of_the_english_one(language, guide):
    assert find_parts(read_guide(language, guide)) == find_parts(read_guide(ENGLISH, guide))


def find_numbers(text):
    """Return the digits of the numbers in the prose, whatever the language separates them by."""
    prose = re.sub(r"\]\([^)]*\)", "]", CODE.sub("", text))
    return {re.sub(r"\D", "", number) for number in re.findall(r"\d+(?:[.,:\u202f\u00a0 ]\d+)*", prose)}


@pytest.mark.quick
@all_cases(("language", "guide"), PAGES)
def test_a_number_in_a_translated_guide_is_in_another_version_as_well(language, guide):
    others = {other: find_numbers(read_guide(other, guide)) for other in LANGUAGES if other != language}
    alone = find_numbers(read_guide(language, guide)) - set().union(*others.values())
    assert alone == NUMBERS_OF_ONE.get((language, guide), set())


@all_cases(("language", "guide"), PAGES)
def test_the_pictures_and_links_of_a_translated_guide_exist(language, guide):
    source = f"docs/{language}/{guide}.md"
    children = [child for token in MARKDOWN.parse(read_guide(language, guide)) for child in token.children or []]
    pictures = [str(child.attrs["src"]) for child in children if child.type == "image"]
    links = [str(child.attrs["href"]) for child in children if child.type == "link_open"]
    assert [picture for picture in pictures if not resolve_link(picture, source).address] == []
    addresses = [resolve_link(link, source).address.partition("#")[0] for link in links]
    others = {
        address for address in addresses if address.startswith("/docs/") and find_language(address[6:]) != language
    }
    assert {one for one in others if f"{language}/{one[6:]}" in read_pages()} <= {f"/docs/{guide}/", "/docs/"}


@all_cases("language", TRANSLATED)
def test_a_translated_index_has_the_shop_pages_of_the_english_one(language):
    shop = [link.address for link in read_contents()[0][1]]
    found = [link.address for _, links in read_contents(language) for link in links]
    names = {address.removeprefix(find_index(language)).removeprefix("/docs/") for address in found}
    assert {address.removeprefix("/docs/") for address in shop} <= names
    assert {f"{find_index(language)}{guide}/" for guide in GUIDES} <= {*found}


def test_finds_a_wrong_name():
    """This is the negative control."""
    shown = list_shown(ENGLISH)
    assert is_shown("Sell", shown)
    assert is_shown("Shop → Settings", shown)
    assert not is_shown("Sell everything", shown)
    assert find_names("Choose **Sell** or „Verkaufen“, not `**x**`.") == {"Sell", "Verkaufen"}
