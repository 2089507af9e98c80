"""The gunicorn worker, tested over real sockets: it stops, and is replaced, without refusing requests."""

import http.client
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from threading import Thread
from types import SimpleNamespace

import pytest

from core.server.worker import GunicornWorker
from testing.servers.tiny_client import (
    TIMEOUT_SECONDS,
    await_start,
    digest,
    post,
    read_all,
    read_until,
    run_server,
    status_of,
)


def test_stopping_finishes_running_requests_and_does_not_wait_for_slow_clients(tmp_path):
    release = tmp_path / "release"
    times = [f"{name}_SECONDS=60" for name in ("HEAD", "BODY", "SEND")]
    with run_server(*times, "STOP_SECONDS=1", "--graceful-timeout=50") as server:
        slow = [server.connect(text) for text in (b"", b"GET / HT", post(b"half", length=8))]
        slow.append(server.connect_without_reading(20_000_000))
        running = server.connect(post(b"", path=f"/wait-for-file?{release}"))
        await_start(release)
        server.process.terminate()
        time.sleep(0.5)
        release.touch()
        response = read_all(running)
        assert (status_of(response), server.process.wait(25)) == (200, 0)
        for client in [*slow, running]:
            client.close()


def test_stopping_receives_a_body_that_has_begun():
    with run_server() as server, server.connect(post(b"", "Expect: 100-continue", length=8)) as client:
        read_until(client, b"100 Continue\r\n\r\n")
        client.sendall(b"half")
        server.process.terminate()
        time.sleep(0.2)
        client.sendall(b"half")
        assert read_all(client).endswith(digest(b"halfhalf"))


def test_a_signal_to_exit_waits_for_no_lock_of_the_threads():
    """After Ctrl-C, the second signal may arrive while the handler of the first, or a new request, holds the lock."""
    worker = GunicornWorker.__new__(GunicornWorker)
    worker.cfg = SimpleNamespace(worker_int=lambda _: None)
    worker.tpool = ThreadPoolExecutor()

    def handle():
        with suppress(SystemExit):
            worker.handle_quit(signal.SIGQUIT, None)

    handler = Thread(target=handle, daemon=True)
    with worker.tpool._shutdown_lock:
        handler.start()
        handler.join(5)
        assert not handler.is_alive()


@pytest.mark.long
def test_replaces_a_worker_after_max_requests_without_refusing_any():
    with run_server("--max-requests=10") as server:
        for number in range(60):
            body = b"n" * number
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT_SECONDS)) as client:
                client.request("POST", "/", body)
                assert client.getresponse().read() == digest(body)
