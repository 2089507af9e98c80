"""`python -m testing.programs.release_dump`: write a backup of a small database of this release, and its names.

`ops/tests/test_releases.py` restores and migrates the backups of all releases, and
`inventory_api/tests/test_schema_generators.py` compares the names. The demo gets its tables from a backup of the empty
database. Run the command once for each release, on the embedded server, and commit the three files.
"""

import os
from pathlib import Path

import django
from django.db import transaction
from django.test.utils import setup_test_environment

from core.database.settings import begin_command
from core.environment import default_to_demo

begin_command()
default_to_demo(os.environ)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from inventory_api import __version__  # noqa: E402
from ops.backups import back_up  # noqa: E402
from ops.demo.state import EMPTY  # noqa: E402
from testing.cast.shops import create_world  # noqa: E402
from testing.laws.schemas import list_names  # noqa: E402
from testing.laws.walk import generate_schema  # noqa: E402
from testing.servers import migrated_database  # noqa: E402
from testing.servers.databases import create_database, use_database  # noqa: E402

DATABASE = "release_dump"
FILE = Path(__file__).parents[1] / "releases" / f"{__version__}.dump"


def main() -> None:
    """Back up a new database, empty and with the two shops of the tenancy tests, which have a row of every kind."""
    setup_test_environment()
    with create_database(DATABASE, migrated_database.make()), use_database(DATABASE):
        write(EMPTY)
        with transaction.atomic():
            create_world()
        write(FILE)
    FILE.with_suffix(".names").write_text("\n".join(list_names(generate_schema())) + "\n")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes.")


def write(file: Path) -> None:
    file.unlink(missing_ok=True)
    back_up(file)


if __name__ == "__main__":
    main()
