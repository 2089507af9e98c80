"""The SDK of the Model Context Protocol, and its conformance suite, which sends no key: a proxy adds it."""

import http.client
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.conf import settings

from testing.servers.serving import Service

FOLDER = settings.BASE_DIR / "testing" / "clients"
PYTHON = settings.BASE_DIR / "build" / "clients" / "agents" / "bin" / "python"
DONE = """tools: shop find product report events changes book count draft_order
found: Kettle {before}
preview: {after}
done: {after}
refused: True not_found
"""
# The other scenarios call tools of a reference server, or methods that this server does not declare.
SCENARIOS = {
    "server-initialize": 0, "ping": 0, "tools-list": 0, "http-header-validation": 0, "dns-rebinding-protection": 0,
    "caching": 3,  # prompts and resources
    "server-stateless": 4,  # tools of the reference server
}  # fmt: skip


@pytest.fixture(scope="module")
def key(service: Service) -> str:
    """Return a key of an owner with ten kettles."""
    token = service.sign_up("agent")
    service.send("POST", "/api/products/", {"name": "Kettle", "price": "24.50", "quantity": 10}, token)
    made = service.send("POST", "/api/keys/", {"name": "agent", "scope": "manage"}, token)
    return str(made.body["key"])


@pytest.fixture(scope="module")
def proxy(address: str, key: str) -> Iterator[str]:
    """Return the address of a server that adds the key to each request, and passes it on."""

    class Proxy(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection(address.removeprefix("http://"))
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.putheader("Authorization", f"Bearer {key}")
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = do_OPTIONS = forward  # noqa: N815, names of the library

        def log_message(self, *_args: Any) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("mode", "before"), [("auto", 10), ("2026-07-28", 7), ("legacy", 4)])
def test_the_sdk_of_both_generations_books_a_sale(address: str, key: str, mode: str, before: int) -> None:
    command = [PYTHON, FOLDER / "programs" / "agent.py", address, key, mode]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (DONE.format(before=before, after=before - 3), "")


@pytest.mark.parametrize(("scenario", "failed"), SCENARIOS.items())
def test_the_conformance_suite_passes(proxy: str, scenario: str, failed: int) -> None:
    command = ["npx", "--no-install", "node", "node_modules/.bin/conformance", "server"]
    done = subprocess.run(
        [*command, "--url", f"{proxy}/mcp", "--scenario", scenario],
        cwd=FOLDER / "agents", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert f", {failed} failed, 0 warnings" in done.stdout
