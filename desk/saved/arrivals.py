"""What an import of a shop changes in rows of saved views."""

from desk.saved.services import stop_imported

COLUMNS = {"saved_savedview.query": "query"}
ARRIVALS = {"saved_savedview": stop_imported}
