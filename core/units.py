"""The names of units. A unit has several spellings. Another unit would change the meaning of all that was booked."""

import re

# The spellings of each unit that measures. They are compared without case, blanks, points and hyphens.
SPELLINGS = (
    {"kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogramm", "kilogramme", "kilogrammes", "kilogramo",
     "kilogramos", "kilogrammo", "quilo", "quilograma"},
    {"g", "gr", "grs", "gm", "gram", "grams", "gramm", "gramme", "grammes", "gramo", "gramos", "grammo", "grama"},
    {"mg", "milligram", "milligrams", "milligramm", "milligramme", "milligrammes", "miligramo", "miligramos"},
    {"t", "ton", "tons", "tonne", "tonnes", "tonnen", "tonelada", "toneladas"},
    {"lb", "lbs", "pound", "pounds"},
    {"oz", "ounce", "ounces", "unze", "unzen", "once", "onces", "onza", "onzas"},
    {"l", "lt", "ltr", "liter", "liters", "litre", "litres", "litro", "litros"},
    {"dl", "deciliter", "decilitre", "decilitro"},
    {"cl", "centiliter", "centilitre", "zentiliter", "centilitro"},
    {"ml", "milliliter", "milliliters", "millilitre", "millilitres", "mililitro", "mililitros"},
    {"gal", "gallon", "gallons", "gallone", "galón"},
    {"km", "kilometer", "kilometre", "kilometers", "kilometres", "kilómetro", "kilomètre"},
    {"m", "mtr", "meter", "meters", "metre", "metres", "mètre", "mètres", "metro", "metros", "lfm", "lm"},
    {"cm", "centimeter", "centimeters", "centimetre", "centimetres", "zentimeter", "centimètre", "centímetro"},
    {"mm", "millimeter", "millimeters", "millimetre", "millimetres", "millimètre", "milímetro"},
    {"in", "inch", "inches", "zoll", "pouce", "pouces", "pulgada", "pulgadas"},
    {"ft", "foot", "feet"},
    {"yd", "yds", "yard", "yards"},
    {"m2", "m²", "qm", "sqm", "squaremeter", "squaremetre", "quadratmeter", "mètrecarré", "metrocuadrado"},
    {"m3", "m³", "cbm", "cubicmeter", "cubicmetre", "kubikmeter", "mètrecube", "metrocúbico"},
    {"h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "heure", "heures", "hora", "horas"},
)  # fmt: skip
MEASURES = {spelling: number for number, spellings in enumerate(SPELLINGS) for spelling in spellings}
IGNORED = re.compile(r"[\s.\-]+")


def fold_unit(unit: str) -> str | int:
    """Return what all spellings of a unit have in common: a number for one that measures."""
    folded = IGNORED.sub("", unit).casefold()
    return MEASURES.get(folded, folded)


def measures(unit: str) -> bool:
    """Return whether the unit is a measure, such as kg or "100 g". A piece and a box are none."""
    return isinstance(fold_unit(unit), int) or any(letter.isdigit() for letter in unit)


def may_rename(old: str, new: str, decimals: int) -> bool:
    """Return whether the unit of goods with these decimals means the same under its new name.

    Goods without a unit may get one, and pieces may get another name.
    """
    are_pieces = not (decimals or measures(old) or measures(new))
    return not old or fold_unit(old) == fold_unit(new) or are_pieces
