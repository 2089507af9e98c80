"""The database alone: pgbench sends the statements of the bare server, with one connection per client."""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.load import CLIENTS, Load
from benchmarks.references import bare_sql as sql
from core.database.embedded import place, server


def with_variables(statement: str, *names: str) -> str:
    """Return the statement with these variables as its parameters. Its result is ignored."""
    for name in names:
        statement = statement.replace("%s", f":{name}", 1)
    return f"{statement.strip()};\n"


def with_result_variables(statement: str, *names: str) -> str:
    """Return the same statement, which also sets variables from the columns of its single row."""
    return with_variables(statement, *names).replace(";\n", " \\gset\n")


OPERATION = sql.OPERATION.replace("RETURNING id", "RETURNING id AS operation")
INCOMING = sql.MOVEMENT.replace(", %s)", ", NULL)")  # without a price, and at no cost
MOVEMENT = "".join([
    "\\set product random(:first, :last)\n",
    "BEGIN;\n",
    with_result_variables(sql.USER, "owner"),
    with_result_variables(sql.LOCK, "owner", "product"),
    "\\set old :quantity\n\\set new :quantity + 1\n\\set sequence :stock_sequence + 1\n",
    with_result_variables(OPERATION, "reason", "owner", "owner", "username"),
    with_variables(sql.BALANCE, "new", "sequence", "stock_value", "created_at", "owner", "product"),
    with_variables(INCOMING, "owner", "operation", "product", "name", "sequence", "kind", "one", "old", "new", "zero"),
    "COMMIT;\n",
])  # fmt: skip
PAGE = with_variables(sql.COUNT, "owner") + with_variables(sql.PRODUCTS, "owner", "page", "offset")
MOVEMENTS = with_variables(sql.MOVEMENTS, "owner", "page")
DASHBOARD = with_variables(sql.DASHBOARD, "owner") + with_variables(sql.CATEGORIES, "owner")
SCRIPTS = {"movement": MOVEMENT, "list": PAGE, "movements": MOVEMENTS, "dashboard": DASHBOARD}
CONSTANTS = {"reason": "purchase", "kind": "IN", "one": "1", "zero": "0", "page": "50", "offset": "0"}


def run_pgbench(script: str, seconds: float, variables: dict[str, str]) -> Load:
    """Run the script of this name for `seconds`."""
    given = [part for name, value in {**CONSTANTS, **variables}.items() for part in ("-D", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(SCRIPTS[script])
        command = [
            str(server.programs_folder() / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1",
            "-T", f"{seconds:.0f}", "-l", "--log-prefix", f"{folder}/log", "-f", str(file), *given,
            "-h", str(place.socket_folder()), "-U", "postgres", "postgres",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr
        lines = [line for log in Path(folder).glob("log*") for line in log.read_text().splitlines()]
    milliseconds = sorted(int(line.split()[2]) / 1000 for line in lines)
    count = len(milliseconds)
    return Load(seconds, count, milliseconds[count // 2], milliseconds[count * 99 // 100])
