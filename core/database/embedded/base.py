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
        # libpq has no code that tells a server that is not running from one that refused the connection. So the second
        # attempt raises the error of a server that refused it.
        with suppress(psycopg.OperationalError):
            return super().get_new_connection(conn_params)
        try:
            server.ensure_running()
        except (server.ServerFailed, OSError) as error:
            raise OperationalError(str(error)) from error
        return super().get_new_connection(conn_params)
