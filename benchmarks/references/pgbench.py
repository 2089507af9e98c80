"""The database alone: the bare server's statements, sent by pgbench over as many connections as there are clients."""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.load import CLIENTS, Load
from benchmarks.references import bare_sql as sql
from core.embedded_postgres import place, server


def ask(statement: str, *names: str) -> str:
    """The statement with a variable in each place; a row that it answers is shown to nobody."""
    for name in names:
        statement = statement.replace("%s", f":{name}", 1)
    return f"{statement.strip()};\n"


def keep(statement: str, *names: str) -> str:
    """The same; its one row's columns become variables of their names."""
    return ask(statement, *names).replace(";\n", " \\gset\n")


MOVEMENT = "".join([
    "\\set product random(:first, :last)\n",
    "BEGIN;\n",
    keep(sql.USER, "owner"),
    keep(sql.LOCK, "owner", "product"),
    "\\set old :quantity\n\\set new :quantity + 1\n\\set sequence :stock_sequence + 1\n",
    keep(sql.OPERATION.replace("RETURNING id", "RETURNING id AS operation"), "owner", "owner", "username", "reason"),
    ask(sql.BALANCE, "new", "sequence", "created_at", "owner", "product"),
    ask(sql.MOVEMENT, "owner", "operation", "product", "name", "sequence", "kind", "one", "old", "new"),
    "COMMIT;\n",
])  # fmt: skip
PAGE = ask(sql.COUNT, "owner") + ask(sql.PRODUCTS, "owner", "page", "offset")
DASHBOARD = ask(sql.DASHBOARD, "owner") + ask(sql.CATEGORIES, "owner")
SCRIPTS = {"movement": MOVEMENT, "list": PAGE, "dashboard": DASHBOARD}
CONSTANTS = {"reason": "purchase", "kind": "IN", "one": "1", "page": "50", "offset": "0"}


def drive(script: str, seconds: float, variables: dict[str, str]) -> Load:
    """Run the script of this name for so long."""
    given = [part for name, value in {**CONSTANTS, **variables}.items() for part in ("-D", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(SCRIPTS[script])
        command = [
            str(server.programs() / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1",
            "-T", f"{seconds:.0f}", "-l", "--log-prefix", f"{folder}/log", "-f", str(file), *given,
            "-h", str(place.socket_folder()), "-U", "postgres", "postgres",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr
        lines = [line for log in Path(folder).glob("log*") for line in log.read_text().splitlines()]
    milliseconds = sorted(int(line.split()[2]) / 1000 for line in lines)
    count = len(milliseconds)
    return Load(seconds, count, milliseconds[count // 2], milliseconds[count * 99 // 100])
