"""gunicorn with the product's worker, short timeouts and an application without a database.

Start it with `python -m testing.servers.tiny_server PORT`. After the port, `NAME=number` sets a constant of the
worker or TRUSTED_PROXY_COUNT, and `--name=value` an option of gunicorn.
"""

import hashlib
import re
import sys
import time
from pathlib import Path

from django.conf import settings
from gunicorn.app.wsgiapp import WSGIApplication

from core.server import worker

MAX_BODY = 30_000_000
TIMEOUTS = {"HEAD_SECONDS": 1.0, "BODY_SECONDS": 1.0, "SEND_SECONDS": 1.0, "LINGER_SECONDS": 1.0}


def application(environ, start_response):
    """Return the length and hash of the request's body, or the response that the path selects."""
    path = environ["PATH_INFO"]
    if refusal := environ["gunicorn.socket"].refusal:
        start_response(f"{refusal.status} Refused", [("Content-Length", "0")])
        return []
    if path == "/unread-body":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    if path == "/wait-for-file":
        release = Path(environ["QUERY_STRING"])
        with release.with_suffix(".begun").open("a") as begun:
            begun.write("x")
        while not release.exists():
            time.sleep(0.05)
    if path in ("/frequent", "/line-break"):
        vary = "origin" if path == "/frequent" else "origin\r\ninjected: yes"
        start_response("200 OK", [("Vary", vary), ("Content-Length", "2")])
        return [b"ok"]
    if path == "/none":
        start_response("204 No Content", [])
        return []
    if path == "/abort":
        return abort_response(start_response)
    if size := re.fullmatch("/bytes/([0-9]+)", path):
        start_response("200 OK", [])
        return (b"x" * 50_000 for _ in range(int(size[1]) // 50_000))
    body = environ["wsgi.input"].read()
    text = f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def abort_response(start_response):
    """Fail in the middle of a response."""
    start_response("200 OK", [])
    yield b"the beginning"
    raise RuntimeError("fails on purpose")


def main():
    port, *arguments = sys.argv[1:]
    constants = dict(word.split("=") for word in arguments if re.fullmatch("[A-Z_]+=.+", word))
    options = [word for word in arguments if word.split("=")[0] not in constants]
    settings.configure(MAX_IMPORT_BYTES=MAX_BODY, TRUSTED_PROXY_COUNT=int(constants.pop("TRUSTED_PROXY_COUNT", 0)))
    for name, value in {**TIMEOUTS, **constants}.items():
        assert hasattr(worker, name)
        setattr(worker, name, float(value))
    sys.argv = [
        "gunicorn", "--config", "/dev/null", "--bind", f"127.0.0.1:{port}", "--threads", "2", "--no-control-socket",
        "--worker-class", "core.server.worker.GunicornWorker", *options, "testing.servers.tiny_server",
    ]  # fmt: skip
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


if __name__ == "__main__":
    main()
