"""`python -m inventory_api.embedded_postgres stop|remove`: what `make db-stop` and `make reset` run."""

import shutil
import sys

from inventory_api.embedded_postgres import server
from inventory_api.embedded_postgres.place import home


def main(command: str) -> None:
    stopped = server.stop()
    if command == "remove":
        shutil.rmtree(home(), ignore_errors=True)
        print("The embedded database is gone; make run makes a new one.")
    else:
        print("The embedded database is stopped." if stopped else "The embedded database was not running.")


if __name__ == "__main__":
    if sys.argv[1:] not in (["stop"], ["remove"]):
        sys.exit("Say stop or remove.")
    main(sys.argv[1])
