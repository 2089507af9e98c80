"""The command `python -m core.database.embedded stop`, which `make db-stop` runs."""

import sys

from core.database.embedded import server


def main() -> None:
    """Stop the server, or exit with a message if a service uses it."""
    if server.is_used():
        sys.exit(
            "A service is using the embedded database, and its next request would start it again."
            " Stop it first: Ctrl-C in the terminal of make run."
        )
    print("The embedded database is stopped." if server.stop() else "The embedded database was not running.")


if __name__ == "__main__":
    if sys.argv[1:] != ["stop"]:
        sys.exit("Usage: python -m core.database.embedded stop")
    main()
