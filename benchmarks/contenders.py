"""The product and its references, each started, loaded and measured in the same way."""

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
START_TIMEOUT_SECONDS = 30
PLAIN_DATABASE = "plain_drf"
WORKER_SETTINGS = {"DJANGO_SETTINGS_MODULE": "inventory_api.settings"}  # the worker class reads Django's settings


@dataclass(frozen=True)
class Measurement:
    """One round: the clients' figures, and CPU milliseconds per response of the server and of PostgreSQL."""

    load: Load
    server_cpu: float
    database_cpu: float


@dataclass
class Contender:
    """A server with its name, its process and the variables of its scripts."""

    name: str
    address: str
    process: int
    variables: dict[str, str] = field(default_factory=dict)
    helper: int = 0  # another process whose CPU time belongs to the server: a pooler

    def cpu_seconds(self) -> float:
        return sum(processes.cpu_seconds(process) for process in (self.process, self.helper) if process)

    def drive(self, path: str, script: str, seconds: float, variables: dict[str, str]) -> Load:
        return load.run_wrk(self.address + path, script, seconds, {**self.variables, **variables})


class DatabaseAlone(Contender):
    """pgbench instead of a server. The path is ignored."""

    def drive(self, path: str, script: str, seconds: float, variables: dict[str, str]) -> Load:
        names = {name.lower(): value for name, value in {**self.variables, **variables}.items()}
        return pgbench.run_pgbench(script, seconds, names)


def measure(contender: Contender, path: str, script: str, seconds: float, variables: dict[str, str]) -> Measurement:
    """Load the contender for `seconds` and measure its CPU time."""
    before = contender.cpu_seconds(), processes.cpu_seconds(postmaster_pid())
    observed = contender.drive(path, script, seconds, variables)
    after = contender.cpu_seconds(), processes.cpu_seconds(postmaster_pid())
    server, database = ((now - then) * 1000 / max(observed.answers, 1) for then, now in zip(before, after, strict=True))
    return Measurement(observed, server, database)


def postmaster_pid() -> int:
    return int((place.data_folder() / "postmaster.pid").read_text().splitlines()[0])


@dataclass
class Contenders:
    """All contenders, on one PostgreSQL server."""

    database: serving.Database
    service: serving.Service
    product: Contender
    bare: Contender
    plain: Contender
    alone: Contender


@contextmanager
def start_gunicorn(application: str, service: serving.Service, **variables: str) -> Iterator[Contender]:
    """Serve another application with the product's gunicorn settings, and stop it at the end."""
    port = serving.find_free_port()
    served_with = {**service.variables, "PORT": str(port), **variables}
    with (service.log.parent / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", f"{application}:application"],
            cwd=place.CLONE, env=served_with, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    contender = Contender(application.split(".")[2], f"http://127.0.0.1:{port}", process.pid)
    try:
        wait_for_port(port, process)
        yield contender
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_SECONDS)


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "the reference ended"
            assert time.monotonic() < deadline, "the reference did not start in time"
            time.sleep(0.05)
        else:
            return


@contextmanager
def start_contenders() -> Iterator[Contenders]:
    """Fill and start all contenders. The plain shop has the same products as the product's shop."""
    with ExitStack() as stack:
        database = stack.enter_context(environment.start_database())
        service = environment.make_service(database)
        shop = environment.fill_shop(service, PRODUCTS)
        environment.create_database(database, PLAIN_DATABASE)
        plain_settings = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.references.plain_drf.settings", "DB_NAME": PLAIN_DATABASE,
        }  # fmt: skip
        plain_shop = json.loads(
            environment.run_module(service, "benchmarks.references.plain_drf.fill", str(PRODUCTS), **plain_settings)
        )
        service.start()
        stack.callback(service.stop)
        assert service.process
        bare = stack.enter_context(start_gunicorn("benchmarks.references.bare", service, **WORKER_SETTINGS))
        plain = stack.enter_context(start_gunicorn("benchmarks.references.plain_drf.wsgi", service, **plain_settings))
        product = Contender("product", f"http://127.0.0.1:{service.port}", service.process.pid)
        names = {"OWNER": str(shop["owner"]), "FIRST": str(shop["first"]), "LAST": str(shop["last"])}
        product.variables = bare.variables = {**names, "TOKEN": environment.sign_in(service)}
        plain.variables = {name.upper(): str(value) for name, value in plain_shop.items()}
        alone = DatabaseAlone("database alone", "", os.getpid(), names)
        yield Contenders(database, service, product, bare, plain, alone)
