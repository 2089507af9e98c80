from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages

from testing.page_texts import list_texts

# The calls with texts to translate, and the positions of the texts among their arguments.
CALLS = ("fill:1", "fill_plural:1,2", "PageColumn:2", "Mark:1", "Action:1", "PageLink:1", "Verb:1", "TableSection:2",
         "add:1", "remove:1")  # fmt: skip
COLLECTED = Path("inventory_api/collected_texts.py")  # a temporary file


class Command(makemessages.Command):
    help = (
        "Collects the texts to translate, also those of the descriptions of pages and those that pages take from code."
    )
    xgettext_options = [*makemessages.Command.xgettext_options, *(f"--keyword={call}" for call in CALLS)]

    def handle(self, *args: Any, **options: Any) -> None:
        COLLECTED.write_text("".join(f"gettext_noop({text!r})\n" for text in sorted(list_texts())))
        try:
            super().handle(*args, **options)
        finally:
            COLLECTED.unlink()
