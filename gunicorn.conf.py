"""gunicorn's configuration. It uses threads, because requests mostly wait for the database."""

import gc
import os
import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from core.database.embedded.server import mark_used
from core.database.left_out import refuse_left_out
from core.database.sequences import describe_set_back
from core.environment import EMBEDDED_ENGINE
from core.server.commit import find_commit
from ops import worker_process
from ops.demo import state
from ops.demo.credentials import make_banner

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
try:
    from inventory_api import __version__, settings

    refuse_left_out()
except ImproperlyConfigured as error:
    sys.exit(str(error))
if settings.METRICS_TOKEN:
    from core.http import metrics

# A demo accepts connections only from this machine. In production, requests come from a router or proxy.
bind = f"127.0.0.1:{settings.PORT}" if settings.DEMO else f"0.0.0.0:{settings.PORT}"
wsgi_app = "inventory_api.wsgi"
# A process uses one core, so set WEB_CONCURRENCY to the number of cores. The default is two, so that one serves while
# the other restarts.
workers = settings.WEB_CONCURRENCY
worker_class = (
    "core.server.worker.GunicornWorker"  # this is a gthread worker whose threads never wait for clients (ADR 15)
)
# While one thread waits for the database, the others can compute. More would only compete for the core (ADR 10).
threads = settings.WEB_THREADS
reload = settings.DEBUG
preload_app = not reload  # all workers share one import; connections are opened after the fork, at their first use
# A worker is restarted after this number of seconds without a heartbeat. DB_STATEMENT_TIMEOUT ends requests before.
timeout = 30
# The seconds that running requests have to finish at a stop. Platforms kill a process 30 s after they send the signal
# to stop.
graceful_timeout = 25
# The seconds that an idle keep-alive connection stays open. A proxy must close its idle connections sooner.
keepalive = 5
# Restart a worker after ten thousand requests, to free leaked or fragmented memory. The jitter keeps workers from
# restarting together.
max_requests = 10_000
max_requests_jitter = 1_000
# The limit of connections per worker. An idle one costs one or two files. Above the limit, the connection that has
# waited longest is closed.
worker_connections = 400
# This is not gunicorn_h1c, which "auto" selects if it is installed: that parser in C accepts a request line with two
# spaces, which a proxy may read differently, and saves only 0.01 ms of a request.
http_parser = "python"
# The worker sends in chunks, without blocking.
sendfile = False
# gunicorn ignores the headers of proxies: only TRUSTED_PROXY_COUNT in inventory_api/settings.py decides about them.
# So a header line means the same from each peer, on which KnownLinesRequest relies.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# Browsers and proxies send about thirty fields. Each field costs time before the first middleware can refuse the
# request.
limit_request_fields = 64
# This is the most that gunicorn allows. 500 ids or SKUs in `id__in` and `sku__in` need more than its default of 4,094.
limit_request_line = 8_190
# The control socket is not used, and there may be no writable folder for it.
control_socket_disable = True
# Requests leave little garbage, but each collection scans all of Django's objects. With the default thresholds this
# takes a tenth of the time of a small request.
gc.set_threshold(20_000, 20, 50)


def on_starting(server: object) -> None:
    """Make `make db-stop` refuse to stop the embedded database while this service runs. Make the folder of metrics."""
    if settings.DATABASES["default"]["ENGINE"] == EMBEDDED_ENGINE:
        mark_used()
    if settings.METRICS_TOKEN:
        metrics.make_folder()


def when_ready(server: Any) -> None:
    """Log the release and its commit. Exit if new rows would get ids that are taken.

    Begin garbage collection, which skips the objects loaded so far. Start the worker. In a demo, print the banner.
    """
    server.log.info("Inventory API %s, commit %s", __version__, find_commit(settings.COMMIT, settings.BASE_DIR))
    if preload_app:
        refuse_set_back()
    gc.collect()
    gc.freeze()
    gc.enable()
    if settings.DEMO and preload_app:
        print_banner()
    if settings.START_WORKER:
        worker_process.start_worker(server)


def refuse_set_back() -> None:
    """Exit if a sequence is below its rows. Leave no connection behind, as print_banner() does."""
    wrong = describe_set_back()
    connection.close()
    if wrong:
        sys.exit(wrong)


def pre_fork(server: Any, worker: Any) -> None:
    """Give the worker files for its metrics."""
    if settings.METRICS_TOKEN:
        metrics.choose_place(server, worker)


def post_fork(server: object, worker: Any) -> None:
    """Count in these files from now on."""
    if settings.METRICS_TOKEN:
        metrics.begin_process(worker)


def post_worker_init(worker: Any) -> None:
    """Print the banner of a demo with DEBUG, once: there only the workers have the models that it is read with."""
    if settings.DEMO and not preload_app and worker.age == 1:
        print_banner()


def print_banner() -> None:
    """Print what works in the demo. Leave no connection behind, because a process that forks must have none."""
    print(make_banner(settings.PORT, state.list_working_users(), state.list_working_keys()), flush=True)
    connection.close()


def on_exit(server: object) -> None:
    """Stop the worker if this process has started one, and remove the files of metrics."""
    worker_process.stop_worker()
    if settings.METRICS_TOKEN:
        metrics.remove_folder()
