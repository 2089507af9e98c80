import os
import socket
import sys

import pytest

from benchmarks import servers
from testing.servers.serving import find_free_port

pytestmark = pytest.mark.long


def is_listening(address):
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def run(module, port, folder):
    return servers.run_server(module, str(port), {"PATH": os.environ["PATH"]}, folder)


def test_a_server_listens_until_the_end_of_the_block(tmp_path):
    port = find_free_port()
    with run(["http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)], port, tmp_path) as server:
        assert is_listening(server.address)
        assert server.process != os.getpid()
    assert not is_listening(server.address)


def test_a_server_that_ends_is_an_error_with_the_end_of_its_log(tmp_path):
    port = find_free_port()
    with pytest.raises(AssertionError, match="No module named there_is_none"), run(["there_is_none"], port, tmp_path):
        pass


def test_a_server_that_never_listens_is_an_error_and_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "START_TIMEOUT_SECONDS", 1)
    started = []
    popen = servers.subprocess.Popen

    def start(*arguments, **options):
        started.append(popen([sys.executable, "-c", "import time; time.sleep(60)"], **options))
        return started[0]

    monkeypatch.setattr(servers.subprocess, "Popen", start)
    with pytest.raises(AssertionError, match="did not start in time"), run(["ignored"], find_free_port(), tmp_path):
        pass
    assert started[0].poll() is not None
