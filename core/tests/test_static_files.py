"""Every static file that a template names exists."""

import re

from django.contrib.staticfiles.finders import find

from testing.laws.sources import list_files
from testing.tables import all_cases

NAMED = re.compile(r"""{% static ["']([^"']+)["'] %}""")
TEMPLATES = list_files("templates/**/*.html")


@all_cases("name", sorted({name for page in TEMPLATES for name in NAMED.findall(page.read_text())}))
def test_a_static_file_that_a_template_names_exists(name):
    assert find(name)


def test_the_templates_name_static_files():
    assert any(NAMED.search(page.read_text()) for page in TEMPLATES)
