"""How gunicorn serves: threads, because a request waits for the database more than it computes."""

import gc
import sys

from django.core.exceptions import ImproperlyConfigured

from demo.banner import banner

try:
    from inventory_api import settings
except ImproperlyConfigured as error:
    sys.exit(str(error))

# A demo answers this machine alone; a platform's router comes from outside.
bind = f"127.0.0.1:{settings.PORT}" if settings.DEMO else f"0.0.0.0:{settings.PORT}"
wsgi_app = "inventory_api.wsgi"
# A process computes on one core: as many as there are cores. Two where nobody said, so that one may be renewed.
workers = settings.WEB_CONCURRENCY
worker_class = "core.server.worker.Worker"  # gthread, whose threads never wait for clients (ADR 15)
# While one waits for the database, three others compute; more only make each other wait for the core (ADR 10).
threads = 4
reload = settings.DEBUG
preload_app = not reload  # one import for all workers; connections are opened after the fork, on first use
# A worker whose threads have said nothing for so long is stuck: a request ends by DB_STATEMENT_TIMEOUT long before.
timeout = 30
# What runs may end: less than the 30 s after which platforms kill what they have asked to stop.
graceful_timeout = 25
# For the next request of who asks in a row. A proxy that keeps idle connections must let go of them sooner.
keepalive = 5
# Memory that was leaked or scattered is given back after ten thousand requests, and not by all workers at once.
max_requests = 10_000
max_requests_jitter = 1_000
# Connections of a worker. Idle ones cost a file or two; if there are more, the one that has waited longest is closed.
worker_connections = 400
# The worker sends in pieces, without waiting.
sendfile = False
# What a proxy says is judged in one place, by TRUSTED_PROXY_COUNT in settings.py, and not by gunicorn as well.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# Browsers and proxies send about thirty; each costs work before the first middleware could refuse.
limit_request_fields = 64
# Nobody commands a running gunicorn by its socket, and there may be no folder to put it.
control_socket_disable = True
# Requests leave little for the collector, and it would look through all that Django keeps: a tenth of a small request.
gc.set_threshold(20_000, 20, 50)


def when_ready(server: object) -> None:
    """Say where everything is once it is there. What is loaded by now stays, and the collector need not look at it."""
    gc.collect()
    gc.freeze()
    if settings.DEMO:
        print(banner(settings.PORT), flush=True)
