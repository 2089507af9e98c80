"""Large answers are compressed for clients that accept gzip, and answers with a secret never are."""

import gzip
import json
import re

import pytest
from django.http import FileResponse, HttpResponse
from django.test import RequestFactory

from core.http.compression import MIN_BYTES, Compression, accepts_gzip, compress_file
from core.request_checks.schema_cache import SCHEMA_CACHE
from products.models import Product
from testing.cast import PASSWORD
from testing.walk import calls

MAX_DOCS_PAGE_BYTES = 600 * 1024
BUNDLE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def shelf(alice):
    Product.objects.bulk_create(Product(owner=alice, name=f"Product {n}", price=1) for n in range(100))


def bodies(client, address, accept="*/*"):
    """The answer as it goes over the wire, and what a client that asks for nothing gets."""
    packed = client.get(address, headers={**GZIP, "Accept": accept})
    plain = client.get(address, headers={"Accept": accept})
    return packed, plain


def is_packed(answer):
    return answer.headers.get("Content-Encoding") == "gzip"


@pytest.mark.parametrize(
    "address",
    [
        "/api/products/?page_size=100", "/api/products/export/", "/api/products/alerts/", "/api/schema/",
        "/api/schema/?format=json", "/api/docs/errors/", "/api/reports/idle/?format=csv&days=1", "/", BUNDLE,
        "/static/inventory_api/base.css",
    ],
)  # fmt: skip
def test_lists_files_streams_and_the_schema_are_compressed_to_the_same_content(as_alice, shelf, address):
    packed, plain = bodies(as_alice, address)
    content, whole = packed.getvalue(), plain.getvalue()
    if len(whole) > MIN_BYTES:
        assert (is_packed(packed), is_packed(plain)) == (True, False)
        assert gzip.decompress(content) == whole
        assert len(content) < len(whole) * 0.7
        assert int(packed.headers.get("Content-Length", len(content))) == len(content)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_page_for_people_is_compressed(as_alice, shelf):
    packed, _ = bodies(as_alice, "/api/products/", accept="text/html")
    assert is_packed(packed)


def test_a_refusal_of_many_lines_is_compressed(as_alice):
    lines = [{"product": 0, "movement_type": "UP", "quantity": 0}] * 50
    answer = as_alice.post("/api/stock/operations/", {"lines": lines}, headers=GZIP)
    assert (answer.status_code, is_packed(answer)) == (400, True)
    assert json.loads(gzip.decompress(answer.content))["total"] == 50


def test_what_is_small_stays_as_it_is(as_alice, kettle):
    answer = as_alice.get(f"/api/products/{kettle.pk}/", headers=GZIP)
    assert (len(answer.content) <= MIN_BYTES, is_packed(answer)) == (True, False)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True), ("GZIP", True), ("br, gzip;q=0.5", True), ("x-gzip", True), ("gzip ; q=1.0, br", True),
        ("", False), ("br", False), ("gzip;q=0", False), ("gzip; q=0.000, br", False), ("notgzip", False),
    ],
)  # fmt: skip
def test_gzip_is_used_where_it_is_accepted(header, expected):
    assert accepts_gzip(RequestFactory().get("/", headers={"Accept-Encoding": header})) is expected


@pytest.mark.parametrize("header", ["GZIP", "Gzip;q=0.5", "br, X-GZIP"])
@pytest.mark.parametrize("address", ["/api/products/?page_size=100", "/api/products/export/", BUNDLE])
def test_compresses_whatever_the_case_of_gzip(as_alice, shelf, header, address):
    answer = as_alice.get(address, headers={"Accept-Encoding": header})
    assert is_packed(answer)
    assert gzip.decompress(answer.getvalue()) == as_alice.get(address).getvalue()


# --- Secrets ------------------------------------------------------------------------------------------------


def test_the_routes_that_answer_a_secret_are_known_by_the_schema():
    operations = [(call.route, SCHEMA_CACHE.find_operation(call.path.lstrip("/"), call.method)) for call in calls()]
    secret = {route for route, operation in operations if operation.returns_secret}
    assert secret == {"login", "refresh", "password"}


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_an_answer_with_a_token_is_never_compressed(as_nobody, alice, accept):
    body = {"username": "alice", "password": PASSWORD}
    answer = as_nobody.post("/api/login/", body, headers={**GZIP, "Accept": accept})
    assert (answer.status_code, is_packed(answer)) == (200, False)
    assert "Accept-Encoding" not in answer.headers.get("Vary", "")
    if accept == "text/html":
        assert len(answer.content) > MIN_BYTES


def test_the_length_of_an_answer_does_not_tell_its_content(as_alice, shelf):
    """A random number of bytes is added, so that guessing a text by the length of the answer takes many tries."""
    lengths = {len(bodies(as_alice, "/api/products/?page_size=100")[0].content) for _ in range(20)}
    assert len(lengths) > 3


# --- Static files --------------------------------------------------------------------------------------------


def test_the_docs_page_takes_at_most_600_kib_over_the_wire(client, db):
    page = client.get("/api/docs/", headers=GZIP)
    text = gzip.decompress(page.content).decode()
    files = set(re.findall(r'<(?:script src|link [^>]*href)="([^"]+)"', text))
    assert BUNDLE in {file.partition("?")[0] for file in files}
    answers = [page, *(client.get(file, headers=GZIP) for file in [*files, "/api/schema/"])]
    total = sum(len(answer.getvalue()) for answer in answers)
    assert {answer.status_code for answer in answers} == {200}
    assert 100 * 1024 < total <= MAX_DOCS_PAGE_BYTES


def test_a_file_is_compressed_once(client, db):
    compress_file.cache_clear()
    for _ in range(3):
        client.get(BUNDLE, headers=GZIP)
    assert (compress_file.cache_info().misses, compress_file.cache_info().hits) == (1, 2)


@pytest.mark.parametrize("headers", [GZIP, {}])
def test_a_browser_that_has_the_file_is_told_so(client, db, headers):
    answer = client.get(BUNDLE, headers=headers)
    assert len(answer.getvalue()) > MIN_BYTES  # read to its end, so that the file is closed
    tag = answer.headers["ETag"]
    assert tag.startswith("W/") is bool(headers)
    assert client.get(BUNDLE, headers={**headers, "If-None-Match": tag}).status_code == 304


def test_a_part_of_a_file_is_a_part_of_the_file_itself(client, db):
    part = client.get(BUNDLE, headers={**GZIP, "Range": "bytes=0-2999"})
    assert (part.status_code, is_packed(part), len(part.getvalue())) == (206, False, 3000)


def test_head_of_a_file_says_how_long_it_is(client, db):
    answer = client.head(BUNDLE, headers=GZIP)
    assert (answer.status_code, is_packed(answer)) == (200, False)
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_pictures_and_what_is_packed_already_stay_as_they_are():
    request = RequestFactory().get("/", headers=GZIP)
    content = b"\0" * 5000
    for headers in ({"Content-Type": "image/png"}, {"Content-Type": "text/plain", "Content-Encoding": "br"}):
        answer = Compression(lambda _, sent=headers: HttpResponse(content, headers=sent))(request)
        assert answer.content == content


def test_the_file_behind_an_answer_is_closed(client, db, monkeypatch):
    opened = []
    kept = FileResponse.__init__

    def seen(self, *args, **kwargs):
        kept(self, *args, **kwargs)
        opened.append(self.file_to_stream)

    monkeypatch.setattr(FileResponse, "__init__", seen)
    client.get(BUNDLE, headers=GZIP)
    assert [file.closed for file in opened] == [True]
