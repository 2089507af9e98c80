"""The signs and words of currencies beside amounts: `R$`, `Kč`, `Fcfa`, `S/`, `euro`."""

from functools import cache

from babel import Locale

from core.currencies import CURRENCIES
from core.files.months import LANGUAGES

# Regions and further languages whose signs of currencies differ from those in the languages of files.
LOCALES = (
    *LANGUAGES, "en_IN", "en_ZA", "es_PE", "es_MX", "es_PY", "pt_BR", "fr_CH", "fr_SN", "de_CH", "id", "ms", "fil",
    "vi", "th", "ja", "zh", "ko", "hi", "he", "ar", "af", "sr", "is", "ka", "kk",
)  # fmt: skip
# Abbreviations that people use and that the library lacks.
OTHER_WORDS = frozenset({"руб", "р", "грн", "лв", "lei", "leu", "tl", "rs", "fr", "bs"})  # noqa: RUF001
MAX_WORD_LENGTH = 12


def is_currency(word: str) -> bool:
    """Return whether the word is the sign, the code or the name of a currency."""
    return bool(text := fold(word[:MAX_WORD_LENGTH])) and text in list_words()


@cache
def list_words() -> frozenset[str]:
    """Return the words of all currencies in the languages of files, without signs that are no letters."""
    found = {*OTHER_WORDS, *map(fold, CURRENCIES)}
    for name in LOCALES:
        locale = Locale.parse(name)
        found.update(fold(locale.currency_symbols.get(code, "")) for code in CURRENCIES)
        found.update(fold(text) for code in CURRENCIES if " " not in (text := locale.currencies.get(code, "")))
    return frozenset(word for word in found if 0 < len(word) <= MAX_WORD_LENGTH)


def fold(word: str) -> str:
    """Return the letters of the word without case."""
    return "".join(letter for letter in word.casefold() if letter.isalpha())
