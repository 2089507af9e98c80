"""`python -m core.embedded_postgres stop`: what `make db-stop` runs."""

import sys

from core.embedded_postgres import server


def main() -> None:
    stopped = server.stop()
    print("The embedded database is stopped." if stopped else "The embedded database was not running.")


if __name__ == "__main__":
    if sys.argv[1:] != ["stop"]:
        sys.exit("Say stop.")
    main()
