"""The colours of the pages have enough contrast in the light and the dark scheme (WCAG 2.2, level AA)."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import find

from testing.tables import all_cases

FILES = settings.BASE_DIR / "inventory_api" / "static" / "inventory_api"
MIN_FOR_TEXT, MIN_FOR_EDGES = 4.5, 3.0
TEXTS = [
    ("ink", "page"), ("ink", "card"), ("soft", "page"), ("soft", "card"), ("accent", "page"), ("accent", "card"),
    ("danger", "page"), ("danger", "card"), ("plus", "page"), ("plus", "card"), ("minus", "page"), ("minus", "card"),
    ("on-accent", "accent"), ("on-danger", "danger"), ("on-low", "low"), ("on-out", "out"), ("on-accent", "plus"),
    ("on-danger", "minus"),
]  # fmt: skip
EDGES = [("edge", "page"), ("edge", "card")]


def get_colours(scheme):
    """Return the variables of colours.css, which defines the light scheme first."""
    blocks = re.findall(r":root {(.*?)}", (FILES / "colours.css").read_text(), re.DOTALL)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", blocks[["light", "dark"].index(scheme)]))


def compute_luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def compute_contrast(one, other):
    darker, lighter = sorted(map(compute_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


@all_cases("scheme", ["light", "dark"])
@all_cases(("pair", "minimum"), [*((p, MIN_FOR_TEXT) for p in TEXTS), *((p, MIN_FOR_EDGES) for p in EDGES)])
def test_colours_have_enough_contrast(scheme, pair, minimum):
    palette = get_colours(scheme)
    assert compute_contrast(palette[pair[0]], palette[pair[1]]) >= minimum


def test_computes_known_contrasts():
    assert round(compute_contrast("#000", "#ffffff"), 2) == 21.0
    assert round(compute_contrast("#777777", "#fff"), 2) == 4.48


@all_cases(
    "file",
    [
        "inventory_api/colours.css",
        "inventory_api/base.css",
        "inventory_api/components.css",
        "inventory_api/pages.css",
        "inventory_api/landing.css",
        "inventory_api/factors.css",
        "inventory_api/docs.css",
        "inventory_api/documentation.css",
        "core/browsable.css",
    ],
)
def test_a_stylesheet_loads_no_other_file_and_uses_defined_variables(file):
    text = Path(find(file)).read_text()
    assert not re.findall(r"url\(|@import", text)
    defined = {*get_colours("light"), "sans", "mono", *re.findall(r"--([a-z-]+):", text)}
    assert set(re.findall(r"var\(--([a-z-]+)\)", text)) <= defined


def test_both_schemes_define_the_same_colours():
    assert get_colours("light").keys() == get_colours("dark").keys()


@all_cases("file", ["inventory_api/colours.css", "support/support.css"])
def test_paper_has_the_light_scheme_on_a_dark_device_too(file):
    schemes = re.findall(r"@media ([^{]*prefers-color-scheme[^{]*) {", Path(find(file)).read_text())
    assert schemes == ["screen and (prefers-color-scheme: dark)"]
