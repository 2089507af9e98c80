"""The receiver of docs/events.md runs, accepts what the service sends, and refuses everything else."""

import subprocess
import sys
import time
from contextlib import contextmanager

from inventory_api.tests.test_readme import find_fences, read_document
from records.events.webhooks import services
from records.events.webhooks.connection import post
from testing.servers.serving import find_free_port

SECRET = services.make_secret()
BODY = b'{"position":7,"type":"stock.low","timestamp":"2026-01-01T00:00:00Z","data":{}}'


@contextmanager
def run_receiver():
    """Run the receiver of the page. Yield its address and the process."""
    programs = [body for _, language, body in find_fences(read_document("docs/events.md")) if language == "python"]
    [program] = [body for body in programs if "WEBHOOK_SECRET" in body]
    port = find_free_port()
    variables = {"WEBHOOK_SECRET": SECRET, "PORT": str(port)}
    with subprocess.Popen([sys.executable, "-c", program], env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = f"http://127.0.0.1:{port}/events"
            deadline = time.monotonic() + 20
            while post(url, b"", {}).status is None:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield url, process
        finally:
            process.kill()


def send(url, body=BODY, message="evt_3_7", sent=0, secrets=(SECRET,), **changes):
    """Send a message, signed at this time plus `sent` seconds. Return the status."""
    headers = services.make_headers(message, int(time.time()) + sent, body, secrets)
    return post(url, changes.get("changed_body", body), {**headers, **changes.get("headers", {})}).status


def test_the_receiver_of_the_page_accepts_signed_events_once():
    with run_receiver() as (url, process):
        assert send(url) == 204
        assert send(url) == 204  # the same message again
        assert send(url, message="evt_3_8", secrets=(services.make_secret(), SECRET)) == 204
        assert send(url, b'{"type":"ping","timestamp":"2026-01-01T00:00:00Z","data":{}}', "ping_1") == 204
        assert send(url, secrets=(services.make_secret(),)) == 401
        assert send(url, changed_body=BODY.replace(b"7", b"8")) == 401
        assert send(url, headers={"webhook-id": "evt_3_9"}) == 401
        assert [send(url, sent=seconds) for seconds in (-400, 400)] == [401, 401]
        assert send(url, headers={"webhook-timestamp": "x", "webhook-signature": ""}) == 401
        unsigned = {"webhook-id": "evt_3_9", "webhook-timestamp": str(int(time.time()))}
        assert post(url, BODY, unsigned).status == 401
        process.kill()
        assert process.stdout.read() == "stock.low 7\nstock.low 7\nping -\n"
