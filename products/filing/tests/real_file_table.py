"""Print the number of imported and refused rows of each real file, and its first message.

Run it by `python -m products.filing.tests.real_file_table`. It reads the files like the import, without a database.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import closing

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from core.errors import DomainError  # noqa: E402, needs django.setup()
from products.filing.files import open_rows  # noqa: E402
from products.filing.states import Findings  # noqa: E402
from products.filing.tests.real_files import ACCEPTED, BAD_ROWS, REFUSED  # noqa: E402


def list_files() -> Iterator[tuple[str, int, int, str]]:
    """Yield each file's name, the numbers of imported and refused rows, and the first message."""
    files = {name: content for name, (_, content, _) in ACCEPTED.items()}
    files |= {name: content for name, (content, _) in [*BAD_ROWS.items(), *REFUSED.items()]}
    for name, content in files.items():
        try:
            with closing(open_rows(io.BytesIO(content), owner_id=1)) as products:
                good = sum(not row[1] for row in products.read_values())
                lines = {row[0] for row in products.errors.rows}
                first = next((f"line {row[0]}, `{row[3]}`: {row[2]}" for row in products.errors.rows), "")
                yield name, good, len(lines), first or " ".join(products.list_notes(Findings(products)))
        except DomainError as error:
            yield name, 0, 0, str(error)


def main() -> None:
    write = sys.stdout.write
    write("| file | rows read | rows refused | what is said |\n| --- | --- | --- | --- |\n")
    for name, good, bad, message in list_files():
        refused = "the file" if not (good or bad) else bad
        write(f"| {name} | {good} | {refused} | {message.replace('|', '/')} |\n")


if __name__ == "__main__":
    main()
