"""Large responses are compressed for clients that accept gzip. Responses with a secret never are."""

import gzip
import json
import re
import time

import pytest
from django.http import FileResponse, HttpResponse
from django.test import RequestFactory

from core.http.compression import MIN_BYTES, Compression, accepts_gzip, compress_file
from core.http.schema_checks import SCHEMA_CACHE
from products.models import Product
from testing.cast.people import PASSWORD
from testing.laws.walk import list_calls
from testing.tables import all_cases

MAX_DOCS_PAGE_BYTES = 640 * 1024
BUNDLE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def many_products(alice):
    Product.objects.bulk_create(Product(owner=alice, name=f"Product {n}", price=1) for n in range(100))


def get_both(client, address, accept="*/*"):
    """Return the responses for a client that accepts gzip and for a client that does not."""
    compressed = client.get(address, headers={**GZIP, "Accept": accept})
    plain = client.get(address, headers={"Accept": accept})
    return compressed, plain


def is_compressed(response):
    return response.headers.get("Content-Encoding") == "gzip"


@all_cases(
    "address",
    [
        "/api/products/?page_size=100", "/api/products/export/", "/api/products/alerts/", "/api/schema/",
        "/api/schema/?format=json", "/api/docs/errors/", "/api/reports/idle/?format=csv&days=1", "/", BUNDLE,
        "/static/inventory_api/base.css",
    ],
)  # fmt: skip
def test_compresses_lists_files_streams_and_the_schema(as_alice, many_products, address):
    compressed, plain = get_both(as_alice, address)
    content, expected_content = compressed.getvalue(), plain.getvalue()
    if len(expected_content) > MIN_BYTES:
        assert (is_compressed(compressed), is_compressed(plain)) == (True, False)
        assert gzip.decompress(content) == expected_content
        assert len(content) < len(expected_content) * 0.7
        assert int(compressed.headers.get("Content-Length", len(content))) == len(content)
    assert "Accept-Encoding" in compressed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_compresses_html_pages(as_alice, many_products):
    compressed, _ = get_both(as_alice, "/api/products/", accept="text/html")
    assert is_compressed(compressed)


def test_compresses_an_error_with_many_lines(as_alice):
    lines = [{"product": 0, "movement_type": "UP", "quantity": 0}] * 50
    response = as_alice.post("/api/stock/operations/", {"lines": lines}, headers=GZIP)
    assert (response.status_code, is_compressed(response)) == (400, True)
    assert json.loads(gzip.decompress(response.content))["total"] == 50


def test_does_not_compress_small_responses(as_alice, kettle):
    response = as_alice.get(f"/api/products/{kettle.pk}/", headers=GZIP)
    assert (len(response.content) <= MIN_BYTES, is_compressed(response)) == (True, False)


@all_cases(
    ("header", "expected"),
    [
        ("gzip", True), ("GZIP", True), ("br, gzip;q=0.5", True), ("x-gzip", True), ("gzip ; q=1.0, br", True),
        ("", False), ("br", False), ("gzip;q=0", False), ("gzip; q=0.000, br", False), ("notgzip", False),
    ],
)  # fmt: skip
def test_reads_accept_encoding(header, expected):
    assert accepts_gzip(RequestFactory().get("/", headers={"Accept-Encoding": header})) is expected


def test_a_header_of_spaces_is_read_quickly():
    """A pattern that tries each way to divide the spaces takes 0.9 s and blocks all threads of the process."""
    started = time.process_time()
    assert not accepts_gzip(RequestFactory().get("/", headers={"Accept-Encoding": f"gzip{' ' * 8000}x"}))
    assert time.process_time() - started < 0.3


@pytest.mark.parametrize("header", ["GZIP", "Gzip;q=0.5", "br, X-GZIP"])
@pytest.mark.parametrize("address", ["/api/products/?page_size=100", "/api/products/export/", BUNDLE])
def test_ignores_the_case_of_gzip(as_alice, many_products, header, address):
    response = as_alice.get(address, headers={"Accept-Encoding": header})
    assert is_compressed(response)
    assert gzip.decompress(response.getvalue()) == as_alice.get(address).getvalue()


# --- Secrets ------------------------------------------------------------------------------------------------


def test_finds_the_routes_that_return_secrets_in_the_schema():
    operations = [
        (call.route, SCHEMA_CACHE.find_operation(re.sub(r"{(\w+)}", r"<\1>", call.path.lstrip("/")), call.method))
        for call in list_calls()
    ]
    secret = {route for route, operation in operations if operation.returns_secret}
    of_keys = {"key-list", "key-roll", "till-list", "till-pair"}
    of_factors = {"factor-totp", "factor-confirm", "factor-passkeys", "factor-recovery"}
    of_tokens = {"login", "passkey", "proof", "refresh", "password"}
    of_fields = {"field-list", "field-detail", "field-restore"}  # the key of a field is none, and these are short
    assert secret == {*of_fields, *of_tokens, *of_factors, *of_keys, "webhook-list", "webhook-roll-secret"}


@all_cases("accept", ["application/json", "text/html"])
def test_never_compresses_a_response_with_a_token(as_nobody, alice, accept):
    body = {"username": "alice", "password": PASSWORD}
    response = as_nobody.post("/api/login/", body, headers={**GZIP, "Accept": accept})
    assert (response.status_code, is_compressed(response)) == (200, False)
    assert "Accept-Encoding" not in response.headers.get("Vary", "")
    if accept == "text/html":
        assert len(response.content) > MIN_BYTES


def test_compressed_lengths_are_random(as_alice, many_products):
    """Random bytes are added, so that many requests are needed to guess a text by the length of the response."""
    lengths = {len(get_both(as_alice, "/api/products/?page_size=100")[0].content) for _ in range(20)}
    assert len(lengths) > 3


# --- Static files --------------------------------------------------------------------------------------------


def test_the_docs_page_transfers_at_most_640_kib(client, db):
    page = client.get("/api/docs/", headers=GZIP)
    text = gzip.decompress(page.content).decode()
    files = set(re.findall(r'<(?:script src|link [^>]*href)="([^"]+)"', text))
    assert BUNDLE in {file.partition("?")[0] for file in files}
    responses = [page, *(client.get(file, headers=GZIP) for file in [*files, "/api/schema/"])]
    total = sum(len(response.getvalue()) for response in responses)
    assert {response.status_code for response in responses} == {200}
    assert 100 * 1024 < total <= MAX_DOCS_PAGE_BYTES


def test_compresses_a_static_file_once(client, db):
    compress_file.cache_clear()
    for _ in range(3):
        client.get(BUNDLE, headers=GZIP)
    assert (compress_file.cache_info().misses, compress_file.cache_info().hits) == (1, 2)


@pytest.mark.quick
@all_cases("headers", [GZIP, {}])
def test_returns_304_for_a_cached_file(client, db, headers):
    response = client.get(BUNDLE, headers=headers)
    assert len(response.getvalue()) > MIN_BYTES  # reading to the end closes the file
    tag = response.headers["ETag"]
    assert tag.startswith("W/") is bool(headers)
    for condition in ({"If-None-Match": tag}, {"If-Modified-Since": response.headers["Last-Modified"]}):
        unchanged = client.get(BUNDLE, headers={**headers, **condition})
        assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, tag)


def test_does_not_compress_a_byte_range(client, db):
    part = client.get(BUNDLE, headers={**GZIP, "Range": "bytes=0-2999"})
    assert (part.status_code, is_compressed(part), len(part.getvalue())) == (206, False, 3000)


def test_head_of_a_file_is_not_compressed(client, db):
    response = client.head(BUNDLE, headers=GZIP)
    assert (response.status_code, is_compressed(response)) == (200, False)
    assert "Accept-Encoding" in response.headers["Vary"]


def test_does_not_compress_images_and_encoded_content():
    request = RequestFactory().get("/", headers=GZIP)
    content = b"\0" * 5000
    for headers in ({"Content-Type": "image/png"}, {"Content-Type": "text/plain", "Content-Encoding": "br"}):
        response = Compression(lambda _, sent=headers: HttpResponse(content, headers=sent))(request)
        assert response.content == content


def test_closes_the_file_of_a_compressed_response(client, db, monkeypatch):
    opened = []
    original = FileResponse.__init__

    def record_file(self, *args, **kwargs):
        original(self, *args, **kwargs)
        opened.append(self.file_to_stream)

    monkeypatch.setattr(FileResponse, "__init__", record_file)
    client.get(BUNDLE, headers=GZIP)
    assert [file.closed for file in opened] == [True]
