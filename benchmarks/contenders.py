"""The product and its references, each started, loaded and measured in the same way."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import environment, load, other_commit, peers, processes, servers
from benchmarks.load import Load
from benchmarks.peers import PEERS
from benchmarks.references import pgbench
from core.database.embedded import place
from testing import serving

PRODUCTS = 10_000
LOOP_STEPS = 200_000
PRODUCT, BARE, PLAIN_DRF, DATABASE_ALONE = "product", "bare WSGI server", "plain DRF", "database alone"
DUTIFUL = "bare with the same duties"  # events, idempotency keys and a line of log, on the product's tables
BARE_APPLICATION = "benchmarks.references.bare:application"
DUTIFUL_APPLICATION = "benchmarks.references.bare:application_with_duties"
PLAIN_APPLICATION = "benchmarks.references.plain_drf.wsgi:application"
PLAIN_DATABASE, OTHER_DATABASE = "plain_drf", "product_of_other_commit"
COMPARED_SETTINGS = {"WEB_THREADS": "2"}  # advised for a database on the same machine, for all servers of gunicorn
WORKER_SETTINGS = {"DJANGO_SETTINGS_MODULE": "inventory_api.settings"}  # the worker class reads Django's settings


@dataclass(frozen=True)
class Measurement:
    """One round: the clients' figures, and CPU milliseconds per response of the server and of PostgreSQL.

    `loop` is the time of a fixed loop before the round, in milliseconds. It shows how slow the machine was.
    """

    load: Load
    server_cpu: float
    database_cpu: float
    loop: float


@dataclass
class Contender:
    """A server with its name, its process and the variables of its scripts."""

    name: str
    address: str
    process: int
    variables: dict[str, str] = field(default_factory=dict)
    helper: int = 0  # the id of another process whose CPU time belongs to the server: a pooler
    is_product: bool = False

    def cpu_seconds(self) -> float:
        return sum(processes.cpu_seconds(process) for process in (self.process, self.helper) if process)

    def drive(self, path: str, script: str, seconds: float, variables: dict[str, str]) -> Load:
        return load.run_wrk(self.address + path, script, seconds, {**self.variables, **variables})


class DatabaseAlone(Contender):
    """Runs pgbench instead of a server. The path is ignored."""

    def drive(self, path: str, script: str, seconds: float, variables: dict[str, str]) -> Load:
        names = {name.lower(): value for name, value in {**self.variables, **variables}.items()}
        return pgbench.run_pgbench(script, seconds, names)


def measure(contender: Contender, path: str, script: str, seconds: float, variables: dict[str, str]) -> Measurement:
    """Load the contender for `seconds` and measure its CPU time."""
    loop = time_loop()
    before = contender.cpu_seconds(), processes.cpu_seconds(postmaster_pid())
    observed = contender.drive(path, script, seconds, variables)
    after = contender.cpu_seconds(), processes.cpu_seconds(postmaster_pid())
    server, database = ((now - then) * 1000 / max(observed.answers, 1) for then, now in zip(before, after, strict=True))
    return Measurement(observed, server, database, loop)


def time_loop() -> float:
    """Return the milliseconds that a fixed loop of Python takes."""
    start = time.perf_counter()
    for _ in range(LOOP_STEPS):
        pass
    return (time.perf_counter() - start) * 1000


def postmaster_pid() -> int:
    return int((place.data_folder() / "postmaster.pid").read_text().splitlines()[0])


@dataclass
class Contenders:
    """All contenders, on one PostgreSQL server. `others` has the peers, and the product of another commit."""

    database: serving.Database
    service: serving.Service
    product: Contender
    bare: Contender
    dutiful: Contender
    plain: Contender
    alone: Contender
    others: list[Contender]

    def of_product(self) -> list[Contender]:
        """Return the product and that of the other commit."""
        return [self.product, *(other for other in self.others if other.is_product)]

    def on_ledger(self) -> list[Contender]:
        """Return the references that write to the product's ledger."""
        return [self.bare, self.dutiful, *(other for other in self.others if not other.is_product)]


@contextmanager
def start_contenders(against: str = "") -> Iterator[Contenders]:
    """Fill and start all contenders. `against` is another commit whose product is one of them."""
    with ExitStack() as stack:
        database = stack.enter_context(environment.start_database())
        service = environment.make_service(database, **COMPARED_SETTINGS)
        shop = environment.fill_shop(service, PRODUCTS)
        service.start()
        stack.callback(service.stop)
        product = make_product(PRODUCT, service, shop)
        names = {name: product.variables[name] for name in ("OWNER", "FIRST", "LAST")}
        bare, dutiful = (
            start_bare(stack, service, name, application, product.variables)
            for name, application in ((BARE, BARE_APPLICATION), (DUTIFUL, DUTIFUL_APPLICATION))
        )
        plain = start_plain(stack, database, service)
        alone = DatabaseAlone(DATABASE_ALONE, "", os.getpid(), names)
        others = start_peers(stack, service, product.variables)
        if against:
            others.insert(0, start_other_commit(stack, database, against))
        yield Contenders(database, service, product, bare, dutiful, plain, alone, others)


def make_product(name: str, service: serving.Service, shop: dict[str, Any]) -> Contender:
    """Return the running service as a contender, signed in to the shop."""
    assert service.process
    variables = {name.upper(): str(shop[name]) for name in ("owner", "first", "last")}
    variables["TOKEN"] = environment.sign_in(service)
    return Contender(name, f"http://127.0.0.1:{service.port}", service.process.pid, variables, is_product=True)


def start_bare(
    stack: ExitStack, service: serving.Service, name: str, application: str, variables: dict[str, str]
) -> Contender:
    """Serve a bare application on the product's database."""
    server = stack.enter_context(servers.start_gunicorn(application, *bare_environment(service)))
    return Contender(name, server.address, server.process, variables)


def bare_environment(service: serving.Service) -> tuple[dict[str, str], Path]:
    """Return the variables of the bare server and the folder of its log."""
    return {**service.variables, **WORKER_SETTINGS}, service.log.parent


def start_plain(stack: ExitStack, database: serving.Database, service: serving.Service) -> Contender:
    """Fill and serve plain REST framework, with the same products as the product's shop."""
    environment.create_database(database, PLAIN_DATABASE)
    settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.references.plain_drf.settings", "DB_NAME": PLAIN_DATABASE}
    fill = "benchmarks.references.plain_drf.fill"
    shop = json.loads(environment.run_module(service, fill, str(PRODUCTS), **settings))
    variables = {**service.variables, **settings}
    server = stack.enter_context(servers.start_gunicorn(PLAIN_APPLICATION, variables, service.log.parent))
    names = {name.upper(): str(value) for name, value in shop.items()}
    return Contender(PLAIN_DRF, server.address, server.process, names)


def start_peers(stack: ExitStack, service: serving.Service, names: dict[str, str]) -> list[Contender]:
    """Serve the peers on the product's database, if their packages are installed."""
    if not peers.are_installed():
        print(peers.NOT_INSTALLED, flush=True)
        return []
    started = [(peer.name, stack.enter_context(peer.start(service.variables, service.log.parent))) for peer in PEERS]
    return [Contender(name, server.address, server.process, names) for name, server in started]


def start_other_commit(stack: ExitStack, database: serving.Database, commit: str) -> Contender:
    """Serve the product of the commit on a separate database, which its own code creates and fills."""
    other = stack.enter_context(other_commit.check_out(commit))
    environment.create_database(database, OTHER_DATABASE)
    settings = {**environment.PRODUCT_SETTINGS, **COMPARED_SETTINGS, "DB_NAME": OTHER_DATABASE}
    service = other_commit.OtherService(other, database, **settings)
    shop = other.fill_shop(service, PRODUCTS)
    service.start()
    stack.callback(service.stop)
    return make_product(f"product at {other.name}", service, shop)
