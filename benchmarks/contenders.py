"""The product and what it is compared with, each started, driven and measured alike."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks import environment, load, processes
from benchmarks.load import Load
from benchmarks.references import pgbench
from core.embedded_postgres import place
from testing import serving

PRODUCTS = 10_000
START_SECONDS = 30
PLAIN_DATABASE = "plain_drf"


@dataclass(frozen=True)
class Measured:
    """One round: what the clients saw, and CPU milliseconds per answer of the server and of PostgreSQL."""

    load: Load
    server_cpu: float
    database_cpu: float


@dataclass
class Contender:
    """A server with its name, its process and what its scripts need to know."""

    name: str
    address: str
    process: int
    variables: dict[str, str] = field(default_factory=dict)

    def drive(self, path: str, script: str, seconds: float, variables: dict[str, str]) -> Load:
        return load.drive(self.address + path, script, seconds, {**self.variables, **variables})


class DatabaseAlone(Contender):
    """pgbench in the place of a server; the path is not asked."""

    def drive(self, path: str, script: str, seconds: float, variables: dict[str, str]) -> Load:
        given = {name.lower(): value for name, value in {**self.variables, **variables}.items()}
        return pgbench.drive(script, seconds, given)


def measure(contender: Contender, path: str, script: str, seconds: float, variables: dict[str, str]) -> Measured:
    """Drive it for so long, and see what it cost."""
    before = processes.cpu_seconds(contender.process), processes.cpu_seconds(postmaster())
    seen = contender.drive(path, script, seconds, variables)
    after = processes.cpu_seconds(contender.process), processes.cpu_seconds(postmaster())
    server, database = ((now - then) * 1000 / max(seen.answers, 1) for then, now in zip(before, after, strict=True))
    return Measured(seen, server, database)


def postmaster() -> int:
    return int((place.data_folder() / "postmaster.pid").read_text().splitlines()[0])


@dataclass
class Arena:
    """All contenders on one PostgreSQL server."""

    database: serving.Database
    service: serving.Service
    product: Contender
    bare: Contender
    plain: Contender
    alone: Contender


@contextmanager
def gunicorn(application: str, service: serving.Service, **variables: str) -> Iterator[Contender]:
    """Another application, served by the product's gunicorn settings; killed in the end."""
    port = serving.free_port()
    served_with = {**service.variables, "PORT": str(port), **variables}
    with (service.log.parent / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", f"{application}:application"],
            cwd=place.CLONE, env=served_with, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    contender = Contender(application.split(".")[2], f"http://127.0.0.1:{port}", process.pid)
    try:
        wait_for(port, process)
        yield contender
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "the reference ended"
            assert time.monotonic() < deadline, "the reference does not start"
            time.sleep(0.05)
        else:
            return


@contextmanager
def arena() -> Iterator[Arena]:
    """Everything filled and serving: the product's shop, and the plain one with the same goods."""
    with ExitStack() as stack:
        database = stack.enter_context(environment.ground())
        service = environment.product(database)
        shop = environment.fill(service, PRODUCTS)
        environment.create_database(database, PLAIN_DATABASE)
        plain_settings = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.references.plain_drf.settings", "DB_NAME": PLAIN_DATABASE,
        }  # fmt: skip
        plain_shop = json.loads(
            environment.run(service, "benchmarks.references.plain_drf.fill", str(PRODUCTS), **plain_settings)
        )
        service.start()
        stack.callback(service.stop)
        assert service.process
        bare = stack.enter_context(gunicorn("benchmarks.references.bare", service))
        plain = stack.enter_context(gunicorn("benchmarks.references.plain_drf.wsgi", service, **plain_settings))
        product = Contender("product", f"http://127.0.0.1:{service.port}", service.process.pid)
        names = {"OWNER": str(shop["owner"]), "FIRST": str(shop["first"]), "LAST": str(shop["last"])}
        product.variables = bare.variables = {**names, "TOKEN": environment.sign_in(service)}
        plain.variables = {name.upper(): str(value) for name, value in plain_shop.items()}
        alone = DatabaseAlone("database alone", "", os.getpid(), names)
        yield Arena(database, service, product, bare, plain, alone)
