"""The product without room in its temporary folder, and a client whose bodies take too many bytes."""

import errno
import http.client
import json
import os
import time
from contextlib import closing
from types import SimpleNamespace

import pytest

from core.errors import StorageFull, TooManyUploads
from products.models import Product
from testing.servers import serving
from testing.servers.tiny_client import fill_storage
from testing.tables import all_cases

CSV = b"name,price\n" + b"Pot,1.00\n"


def wait_for_workers(service, number=2):
    """Return the process ids of the workers when all have started."""
    deadline = time.monotonic() + serving.START_SECONDS
    while len(workers := service.workers()) < number:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return workers


@pytest.mark.long
def test_a_full_temporary_folder_is_a_507_and_ends_no_process(running_service):
    workers = wait_for_workers(running_service)
    for worker in workers:
        fill_storage(worker)
    for _ in range(8):
        with closing(http.client.HTTPConnection("127.0.0.1", running_service.port, timeout=30)) as client:
            client.request("POST", "/api/login/", b" " * 150_000, {"Content-Type": "application/json"})
            response = client.getresponse()
            assert (response.status, response.headers["Connection"]) == (507, "close")
            assert json.loads(response.read()) == StorageFull().as_dict()
    assert running_service.workers() == workers
    assert running_service.send("GET", "/healthz").status == 200


@all_cases("refusal", [StorageFull(), TooManyUploads(limit=1000)])
def test_answers_why_the_server_did_not_receive_a_body(client, refusal):
    response = client.post("/api/login/", {}, **{"gunicorn.socket": SimpleNamespace(refusal=refusal)})
    assert (response.status_code, response.json()) == (refusal.status, refusal.as_dict())
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_an_upload_that_finds_no_room_is_a_507_and_imports_nothing(as_alice, monkeypatch, number):
    def fail(size):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("core.http.parsers.SpooledTemporaryFile", fail)
    response = as_alice.generic("POST", "/api/products/import/", CSV, "text/csv")
    assert (response.status_code, response.json()) == (507, StorageFull().as_dict())
    assert not Product.objects.exists()


def test_a_workbook_that_finds_no_room_is_a_507_and_leaves_no_file(as_alice, kettle, monkeypatch, tmp_path):
    def fail(book):
        book.worksheets()[0].row_data_fh.close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("xlsxwriter.Workbook._store_workbook", fail)
    response = as_alice.get("/api/products/export/?format=xlsx")
    assert (response.status_code, response.json()) == (507, StorageFull().as_dict())
    assert not list(tmp_path.iterdir())
