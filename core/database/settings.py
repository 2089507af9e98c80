"""The settings with which the service and the commands of manage.py connect to a database, directly or by a pooler."""

from typing import Any, NamedTuple

MAX_CONNECT_SECONDS_OF_REPLICA = 2  # libpq's minimum
MAX_SILENT_MILLISECONDS_OF_REPLICA = 2000  # a connection is closed when its host is silent for longer
PREPARE_THRESHOLD = 3  # the number of times that a connection executes a statement before it prepares the statement
# By default, PostgreSQL compiles the code of a statement that it expects to be expensive (JIT). For the service's
# statements this saves nothing, and can take longer than the statement itself (ADR 10).
PLANNING = {"jit": "off"}
_is_command = False


class TimeLimits(NamedTuple):
    """The time limits of a session, in seconds; 0 means no limit."""

    statement: int
    lock: int
    idle_in_transaction: int

    def as_parameters(self) -> dict[str, str]:
        return {
            "statement_timeout": f"{self.statement}s",
            "lock_timeout": f"{self.lock}s",
            "idle_in_transaction_session_timeout": f"{self.idle_in_transaction}s",
        }


def begin_command() -> None:
    """Make the settings that are loaded after this call those of a command.

    A command prefers DIRECT_DATABASE_URL, and has no time limit but for locks.
    """
    global _is_command
    _is_command = True


def is_command() -> bool:
    return _is_command


def configure_connection(
    database: dict[str, Any], limits: TimeLimits, connect_timeout: int, pooler: str = "off"
) -> dict[str, Any]:
    """Return the database's settings, completed by those of its connections. `pooler` is a value of DB_POOLER."""
    options = {**database.get("OPTIONS", {}), "connect_timeout": connect_timeout}
    if pooler != "on":
        # The server binds parameters and prepares frequent statements. This saves a third of its work.
        options |= {"server_side_binding": True, "prepare_threshold": PREPARE_THRESHOLD}
    if pooler == "off":
        # A pooler refuses or ignores these parameters. With a pooler, they are set for the role instead.
        parameters = [f"-c {name}={value}" for name, value in (limits.as_parameters() | PLANNING).items()]
        options["options"] = " ".join([*filter(None, [options.get("options")]), *parameters])
    return {
        **database,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # With a pooler, a cursor can't outlive a transaction, because another client then gets the connection.
        "DISABLE_SERVER_SIDE_CURSORS": pooler != "off",
        "OPTIONS": options,
    }


def configure_replica(database: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a replica. Its time limits are short, so that the primary soon replaces a silent one."""
    seconds = min(database["OPTIONS"]["connect_timeout"], MAX_CONNECT_SECONDS_OF_REPLICA)
    limits = {"connect_timeout": seconds, "tcp_user_timeout": MAX_SILENT_MILLISECONDS_OF_REPLICA}
    return {
        **database,
        "CONN_HEALTH_CHECKS": False,  # every request already begins with a query to the replica
        "OPTIONS": {**database["OPTIONS"], **limits},
        "TEST": {"MIRROR": "default"},
    }
