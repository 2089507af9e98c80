"""Collect the texts to translate, and compile the catalogues: `python -m testing.messages` (CONTRIBUTING.md)."""

from os import environ
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.core.management.commands import makemessages

# The calls with texts to translate, and the positions of the texts among their arguments.
CALLS = ("fill:1", "fill_plural:1,2", "PageColumn:2", "goods_column:2", "money_column:2", "moment_column:2",
         "number_column:2", "Mark:1", "Action:1", "PageLink:1", "Verb:1", "TableSection:2", "add:1", "remove:1",
         "Kind:1", "Words:1,2", "Entry:2", "figure:2", "link_to_all:2", "link_below:2")  # fmt: skip
COLLECTED = Path("inventory_api/collected_texts.py")  # a temporary file


IGNORED = [
    ".venv", "build", "desk/support/*", "ops/*", "testing/*", "benchmarks/*", "*/tests/*", "inventory_api/schema/*",
]  # fmt: skip
OPTIONS = {"all": True, "no_obsolete": True, "no_wrap": True, "add_location": "never", "ignore_patterns": IGNORED}


class Command(makemessages.Command):
    """Django's command, which also collects the descriptions of pages and the texts that pages take from code."""

    # Sorted by text, so that a moved file changes no catalogue. A new text is empty, not a guess from a similar one.
    xgettext_options = [
        *makemessages.Command.xgettext_options, "--sort-output", *(f"--keyword={call}" for call in CALLS),
    ]  # fmt: skip
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--sort-output", "--no-fuzzy-matching"]

    def handle(self, *args: Any, **options: Any) -> None:
        from testing.laws.page_texts import list_texts  # noqa: PLC0415, it needs the applications

        COLLECTED.write_text("".join(f"gettext_noop({text!r})\n" for text in sorted(list_texts())))
        try:
            super().handle(*args, **options)
        finally:
            COLLECTED.unlink()


if __name__ == "__main__":
    environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    django.setup()
    call_command(Command(), **OPTIONS)
    call_command("compilemessages", ignore_patterns=[".venv"])
