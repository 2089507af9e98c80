"""The page of the till, its manifest and its service worker, as devices get them before they are paired."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from core.http.middleware import CAMERA_POLICY, DATA_POLICY, PAGE_POLICY
from stock.line_fields import MAX_LINES
from testing.tables import all_cases
from trade.sheets.serializers import MAX_ENTRIES
from trade.tills import till_page

HTML = {"Accept": "text/html"}
SHELL = ("/till/", "/till/manifest.webmanifest", "/till/worker.js")
MAX_MODULE_LINES = 200


@pytest.fixture
def visitor():
    return Client(headers=HTML)


@all_cases("address", SHELL)
def test_the_shell_is_public_and_always_asked_for_again(visitor, address):
    """It needs no database, and tests without one fail if a statement is sent."""
    response = visitor.get(address)
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")
    assert not response.cookies


def test_the_page_alone_may_use_the_camera(visitor):
    page = visitor.get("/till/")
    assert page.headers["Permissions-Policy"] == "camera=(self), geolocation=(), microphone=()"
    assert page.headers["Content-Security-Policy"] == CAMERA_POLICY
    assert {"worker-src 'self'", "manifest-src 'self'"} <= set(PAGE_POLICY.split("; "))
    assert visitor.get("/till/worker.js").headers["Permissions-Policy"].startswith("camera=()")


@pytest.mark.quick
def test_the_worker_may_load_the_files_that_it_keeps(visitor):
    worker = visitor.get("/till/worker.js")
    assert worker.headers["Content-Security-Policy"] == "default-src 'self'"
    assert worker.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert visitor.get("/till/manifest.webmanifest").headers["Content-Security-Policy"] == DATA_POLICY


def test_the_worker_keeps_the_reader_of_codes_only_when_it_was_used(visitor):
    worker = visitor.get("/till/worker.js").text
    address = f"/static/tills/{till_page.READER}/"
    assert f'const READER = "{address}";' in worker
    assert f'new URL("{till_page.READER}/", import.meta.url)' in (till_page.STATIC_FOLDER / "camera.js").read_text()
    assert address not in re.search(r"const FILES = (.*);", worker)[1]
    assert address not in visitor.get("/till/").text


@pytest.mark.django_db
def test_the_reader_of_codes_is_sent_as_compressed_webassembly(visitor):
    folder = till_page.STATIC_FOLDER / till_page.READER
    sent = visitor.get(f"/static/tills/{till_page.READER}/zxing_reader.wasm", headers={"Accept-Encoding": "gzip"})
    assert (sent.headers["Content-Type"], sent.headers["Content-Encoding"]) == ("application/wasm", "gzip")
    assert len(sent.content) < 450 * 1024
    [digest] = re.findall(r"ZXING_WASM_SHA256=`(\w+)`", (folder / "reader.js").read_text())
    assert sha256((folder / "zxing_reader.wasm").read_bytes()).hexdigest() == digest


@pytest.mark.django_db
def test_the_worker_keeps_all_files_of_the_page(visitor):
    kept = json.loads(re.search(r"const FILES = (\{.*\});", visitor.get("/till/worker.js").text)[1])
    loaded = re.findall(r'<(?:link|script)[^>]* (?:href|src)="(/static/[^"]+)"', visitor.get("/till/").text)
    assert set(loaded) - set(kept) == {"/static/inventory_api/icon.svg"}
    for address, digest in kept.items():
        response = visitor.get(address)
        assert response.status_code == 200
        assert f"sha256-{b64encode(sha256(response.getvalue()).digest()).decode()}" == digest


def test_a_changed_file_and_another_language_give_the_workers_cache_another_name(visitor, tmp_path, monkeypatch):
    def read_name(**headers):
        return visitor.get("/till/worker.js", headers=headers).text.splitlines()[0]

    before = read_name()
    assert read_name(accept_language="de") != before
    changed = tmp_path / "static"
    changed.mkdir()
    for name in ("worker.js", "till.js"):
        (changed / name).write_text("changed")
    monkeypatch.setattr(till_page, "STATIC_FOLDER", changed)
    till_page.digest_files.cache_clear()
    assert read_name() != before
    till_page.digest_files.cache_clear()


@pytest.mark.quick
@all_cases("language", ["en", "de"])
def test_the_worker_recognises_the_page_of_its_release(visitor, language):
    name = json.loads(re.search(r"const CACHE = (.*);", visitor.get(f"/till/worker.js?language={language}").text)[1])
    assert name.endswith(f" {language}")
    assert f'<meta name="release" content="{name}">' in visitor.get(f"/till/?language={language}").text


def test_the_manifest_makes_the_till_an_app(visitor):
    manifest = json.loads(visitor.get("/till/manifest.webmanifest").content)
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/till/", "/till/", "standalone")
    assert [(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]] == [
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    ]  # fmt: skip


def test_the_page_has_the_language_of_the_user(visitor):
    page = visitor.get("/till/", headers={"Accept-Language": "de"})
    assert '<html lang="de">' in page.text
    assert "Accept-Language" in page.headers["Vary"]


def test_the_worker_of_a_language_keeps_the_page_in_it(visitor):
    worker = visitor.get("/till/worker.js?language=de", headers={"Accept-Language": "fr"}).text
    assert 'const PAGE_SOURCE = "/till/?language=de";' in worker
    page = visitor.get("/till/?language=de", headers={"Accept-Language": "fr"})
    assert '<html lang="de">' in page.text
    assert page.headers["Content-Language"] == "de"


@all_cases("language", ["xx", "", "de'", "DE" * 500])
def test_an_unknown_language_of_the_address_is_ignored(visitor, language):
    page = visitor.get("/till/", {"language": language}, headers={"Accept-Language": "fr"})
    assert '<html lang="fr">' in page.text
    worker = visitor.get("/till/worker.js", {"language": language}, headers={"Accept-Language": "fr"}).text
    assert 'const PAGE_SOURCE = "/till/?language=fr";' in worker


def test_every_text_of_the_scripts_is_in_the_page(visitor):
    page = visitor.get("/till/").text
    used = set()
    for file in till_page.STATIC_FOLDER.glob("*.js"):
        used |= set(re.findall(r'say\("(\w+)"', file.read_text()))
    assert used <= set(re.findall(r'data-text="(\w+)"', page))


def test_a_booking_of_the_till_has_as_many_lines_as_the_page_and_the_guide_say(visitor):
    """A counting sheet takes as many at once, and all routes take at least as many."""
    [limit] = map(int, re.findall(r"MAX_LINES = (\d+);", (till_page.STATIC_FOLDER / "cart.js").read_text()))
    assert f"At most {limit} lines go at once." in visitor.get("/till/").text
    guide = (settings.BASE_DIR / "docs" / "till-page.md").read_text(encoding="utf-8")
    assert f"| lines of a booking | {limit:,} |" in guide
    assert limit == MAX_ENTRIES <= MAX_LINES


@all_cases("file", sorted(till_page.STATIC_FOLDER.glob("*.js")))
def test_a_module_says_what_it_holds_and_is_short(file: Path):
    lines = file.read_text().splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) < MAX_MODULE_LINES
    assert max(map(len, lines)) < 160
