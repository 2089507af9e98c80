"""The database backend of the embedded server. It connects, and starts the server only if that fails."""

from contextlib import suppress
from typing import Any

import psycopg
from django.db.utils import OperationalError

from core.database.embedded import server
from core.database.embedded.place import socket_folder
from core.database.postgres import base


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, settings_dict: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        settings_dict.update(HOST=str(socket_folder()), USER="postgres", PASSWORD="", PORT="")
        super().__init__(settings_dict, *args, **kwargs)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # There is no server, or the server refused the connection: libpq has no code that distinguishes the two.
        with suppress(psycopg.OperationalError):
            return super().get_new_connection(conn_params)
        try:
            server.ensure_running()
        except (server.ServerFailed, OSError) as error:
            raise OperationalError(str(error)) from error
        return super().get_new_connection(conn_params)
