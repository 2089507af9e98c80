"""How gunicorn serves: threads, because a request waits for the database more than it computes."""

import gc
import sys

from django.core.exceptions import ImproperlyConfigured

from inventory_api.welcome import welcome

try:
    from inventory_api import settings
except ImproperlyConfigured as error:
    sys.exit(str(error))

bind = f"127.0.0.1:{settings.PORT}" if settings.DEMO else f"0.0.0.0:{settings.PORT}"
wsgi_app = "inventory_api.wsgi"
workers = settings.WEB_CONCURRENCY
worker_class = "gthread"
threads = 4
reload = settings.DEBUG
preload_app = not reload  # one import for all workers; connections are opened after the fork, on first use
timeout = 30
graceful_timeout = 25
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
limit_request_fields = 64
control_socket_disable = True
# Requests leave little for the collector, and it would look through all that Django keeps: a tenth of a small request.
gc.set_threshold(20_000, 20, 50)


def when_ready(server: object) -> None:
    """Say where everything is once it is there. What is loaded by now stays, and the collector need not look at it."""
    gc.collect()
    gc.freeze()
    if settings.DEMO:
        print(welcome(settings.PORT), flush=True)
