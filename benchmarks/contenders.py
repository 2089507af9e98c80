"""The product and its references, each started, loaded and measured in the same way."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks import environment, load, other_commit, peers, processes, servers
from benchmarks.load import Load
from benchmarks.peers import FASTAPI, FASTAPI_APPLICATION
from core.database.embedded import place
from testing.servers import serving

PRODUCTS = 10_000
PRODUCT, BARE = "product", "bare WSGI server"
BARE_APPLICATION = "benchmarks.references.bare:application"
OTHER_DATABASE = "product_of_other_commit"
COMPARED_SETTINGS = {"WEB_THREADS": "2"}  # advised for a database on the same machine, for all servers of gunicorn
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


def measure(contender: Contender, path: str, script: str, seconds: float, variables: dict[str, str]) -> Measurement:
    """Load the contender for `seconds` and measure its CPU time."""
    servers_and_database = contender.process, postmaster_pid()
    before = [processes.cpu_seconds(process) for process in servers_and_database]
    observed = load.run_wrk(contender.address + path, script, seconds, {**contender.variables, **variables})
    after = [processes.cpu_seconds(process) for process in servers_and_database]
    server, database = ((now - then) * 1000 / max(observed.answers, 1) for then, now in zip(before, after, strict=True))
    return Measurement(observed, server, database)


def postmaster_pid() -> int:
    return int((place.data_folder() / "postmaster.pid").read_text().splitlines()[0])


@dataclass
class Contenders:
    """All contenders, on one PostgreSQL server."""

    database: serving.Database
    service: serving.Service
    products: list[Contender]  # the product, and that of another commit
    references: list[Contender]  # they write to the product's ledger

    @property
    def product(self) -> Contender:
        return self.products[0]

    @property
    def bare(self) -> Contender:
        return self.references[0]


@contextmanager
def start_contenders(against: str = "") -> Iterator[Contenders]:
    """Fill and start all contenders. `against` is another commit whose product is one of them."""
    with ExitStack() as stack:
        database = stack.enter_context(environment.start_database())
        service = environment.make_service(database, **COMPARED_SETTINGS)
        shop = environment.fill_shop(service, PRODUCTS)
        service.start()
        stack.callback(service.stop)
        products = [make_product(PRODUCT, service, shop)]
        references = list(start_references(stack, service, products[0].variables))
        if against:
            products.append(start_other_commit(stack, database, against))
        yield Contenders(database, service, products, references)


def make_product(name: str, service: serving.Service, shop: dict[str, Any]) -> Contender:
    """Return the running service as a contender, signed in to the shop."""
    assert service.process
    variables = {name.upper(): str(shop[name]) for name in ("first", "last")}
    variables["TOKEN"] = environment.sign_in(service)
    return Contender(name, f"http://127.0.0.1:{service.port}", service.process.pid, variables)


def start_references(stack: ExitStack, service: serving.Service, names: dict[str, str]) -> Iterator[Contender]:
    """Serve the bare application and, if its packages are installed, FastAPI on the product's database."""
    variables, folder = {**service.variables, **WORKER_SETTINGS}, service.log.parent
    bare = stack.enter_context(servers.start_gunicorn(BARE_APPLICATION, variables, folder))
    yield Contender(BARE, bare.address, bare.process, names)
    if not peers.are_installed():
        print(peers.NOT_INSTALLED, flush=True)
        return
    fastapi = stack.enter_context(servers.start_uvicorn(FASTAPI_APPLICATION, service.variables, folder))
    yield Contender(FASTAPI, fastapi.address, fastapi.process, names)


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
