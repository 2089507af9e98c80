"""/metrics: who may read it, what its labels can be, and what it has without the database."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.urls import include, path
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from core.http import metrics
from core.http.logging import get_error_fields
from core.signals import booked
from desk.evidence.services import ask_for_pack
from desk.saved.models import SavedView
from desk.support.models import WorkerProcess
from desk.takeout.models import Export
from inventory_api import metrics_views, urls
from inventory_api.error_codes import list_rows
from testing.servers.loaded_settings import PRODUCTION, load_settings, read_setting
from testing.tables import all_cases

TOKEN = "a-long-random-text-that-only-prometheus-has"
ROOT = settings.BASE_DIR
urlpatterns = [path("metrics", metrics_views.read_metrics), path("", include(urls))]


@pytest.fixture
def counting(settings):
    """Count the requests of this process, as with METRICS_TOKEN in the environment."""
    settings.METRICS_TOKEN, settings.ROOT_URLCONF = TOKEN, __name__
    settings.MIDDLEWARE = ["core.http.metrics.CountingLog", *settings.MIDDLEWARE[1:]]
    yield
    booked.disconnect(metrics.count_booking)


def scrape(client):
    """Return the samples of /metrics: their values by the name and the labels."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def count(samples, *key):
    return samples.get(key, 0)


# --- Who may read it ------------------------------------------------------------------------------------


@all_cases("method", ["get", "head", "post"])
def test_without_the_setting_there_is_no_route(client, db, method):
    answer = getattr(client, method)("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 404


def test_without_the_setting_nothing_is_counted():
    assert not booked.has_listeners()  # importing the module connects nothing
    assert read_setting("MIDDLEWARE[0]", **PRODUCTION) == "core.http.logging.RequestLog"


@all_cases(
    "header", [None, "", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer \xe9"]
)
def test_a_wrong_token_is_refused_without_a_session(counting, client, db, header):
    answer = client.get("/metrics", headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not answer.cookies


@all_cases("method", ["head", "post", "put", "delete", "options"])
def test_metrics_are_only_got(counting, client, db, method):
    answer = getattr(client, method)("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_metrics_need_neither_tls_nor_an_allowed_host_nor_a_session(counting, client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.REQUESTS_PER_MINUTE = 1
    headers = {"Authorization": f"bearer {TOKEN}", "Host": "10.0.0.7:8000"}
    answers = [client.get("/metrics", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert not answers[0].cookies
    assert "Cookie" not in answers[0].headers.get("Vary", "")


def test_a_short_token_stops_the_start():
    [sentence] = load_settings(**PRODUCTION, METRICS_TOKEN="x" * 31)
    assert sentence.startswith("METRICS_TOKEN is too short: set it to at least 32 random characters")


# --- What it has ----------------------------------------------------------------------------------------


@pytest.mark.quick
def test_each_request_is_counted_by_the_fields_of_its_log_line(counting, client, db):
    before = scrape(client)
    client.get("/healthz")
    client.get("/api/products/")
    after = scrape(client)
    for name, key in {
        "inventory_requests_total": ("GET", "healthz", "200"),
        "inventory_request_duration_seconds_count": ("GET", "healthz"),
        "inventory_refusals_total": ("not_authenticated",),
    }.items():
        assert count(after, name, *key) - count(before, name, *key) == 1, name


def test_static_files_are_not_counted(counting, client, db):
    before = scrape(client)
    assert b"--ink" in b"".join(client.get("/static/inventory_api/colours.css"))
    assert {key for key in scrape(client) if key not in before and "metrics" not in key} == set()


def test_hostile_requests_add_no_labels(counting, client, db):
    for number in range(3):
        client.get(f"/nowhere/{number}/?x={number}")
        client.get(f"/api/products/{number}/")
        client.get(f"/docs/x{number}/")
        client.get(f"/admin/{number}/%22%7D%0Ax 1/")
        client.generic(f"HACK{number}", "/healthz")
        client.post("/api/register/", {"username": f"u{number}", f"f{number}": "x"}, "application/json")
        client.post("/mcp", {"method": f"m{number}"}, "application/json")
    samples = [key for key in scrape(client) if key[0] == "inventory_requests_total"]
    routes = {route for _, _, route, _ in samples}
    known = {str(pattern) for pattern in list_patterns(urlpatterns)}
    assert "unknown" in routes
    assert routes - {"unknown", "metrics"} <= known
    assert {method for _, method, _, _ in samples} <= {*metrics.METHODS, "other"}


def list_patterns(patterns, prefix=""):
    """Return the patterns of all routes, as a `ResolverMatch` has them."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        yield from list_patterns(pattern.url_patterns, route) if hasattr(pattern, "url_patterns") else [route]


def test_the_error_of_a_field_named_code_is_no_error_code(rf):
    class Response:
        status_code, data = 400, {"code": ["This code is taken: 4006381333931."]}

    assert get_error_fields(Response) == {"code": "invalid", "fields": "code"}


def test_bookings_are_counted_when_they_are_committed(
    counting, client, as_alice, kettle, django_capture_on_commit_callbacks
):
    def count_sales():
        return count(scrape(client), "inventory_bookings_total", "sale")

    before = count_sales()
    with django_capture_on_commit_callbacks() as callbacks:
        line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
        assert as_alice.post("/api/stock/", line).status_code == 201
    assert count_sales() == before
    for callback in callbacks:
        callback()
    assert count_sales() == before + 1


def test_the_jobs_and_the_workers_are_read_from_the_database(counting, client, alice, settings):
    settings.MAIL_ON = True
    Export.objects.create(owner=alice)
    ask_for_pack(by=alice, recorded_until=None, as_of=timezone.now())
    mail = {"mail_days": ["mon"], "mail_hour": 7, "mail_format": "csv", "mail_when_empty": False}
    due = timezone.now() - timedelta(hours=1)
    SavedView.objects.create(owner=alice, user=alice, name="Low", route="products", next_mail_at=due, **mail)
    WorkerProcess.objects.create(host="a", pid=1)
    samples = scrape(client)
    assert samples["inventory_database_up",] == 1
    assert samples["inventory_jobs_waiting", "exports"] == 1
    assert 0 <= samples["inventory_jobs_oldest_seconds", "exports"] < 60
    assert samples["inventory_jobs_waiting", "packs"] == samples["inventory_jobs_waiting", "view_mails"] == 1
    assert samples["inventory_jobs_oldest_seconds", "view_mails"] > 3000
    settings.MAIL_ON = False
    assert scrape(client)["inventory_jobs_waiting", "view_mails"] == 0
    assert samples["inventory_jobs_waiting", "order_mails"] == samples["inventory_jobs_waiting", "webhooks"] == 0
    assert samples["inventory_workers_running",] == 1
    assert samples["inventory_worker_last_seen_timestamp_seconds",] > 1_700_000_000
    assert samples["inventory_database_connections", "active"] >= 1
    assert samples["inventory_database_connections_limit",] >= 10


def test_without_the_database_the_counts_remain(counting, client, db, monkeypatch):
    def refuse():
        raise OperationalError("connection refused")

    client.get("/healthz")
    monkeypatch.setattr(metrics_views, "measure", refuse)
    samples = scrape(client)
    assert samples["inventory_database_up",] == 0
    assert count(samples, "inventory_requests_total", "GET", "healthz", "200") >= 1
    assert ("inventory_workers_running",) not in samples


def test_a_scrape_reads_the_database_by_few_statements(counting, client, db, django_assert_num_queries, settings):
    settings.MAIL_ON = True
    with django_assert_num_queries(10):
        scrape(client)


# --- What reads it --------------------------------------------------------------------------------------


def read_expressions():
    """Return the text of the alerts and of the dashboard's queries."""
    board = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return "\n".join([(ROOT / "deploy/prometheus/alerts.yml").read_text(), *queries])


def test_alerts_dashboard_and_documentation_name_the_metrics_that_exist(counting, client, alice):
    WorkerProcess.objects.create(host="a", pid=1)
    client.get("/nowhere/")
    names = {key[0] for key in scrape(client)} | {"inventory_bookings_total"}
    named = set(re.findall(r"\binventory_[a-z_]+", read_expressions())) - {"inventory_token", "inventory_alerts"}
    assert named <= names
    page = (ROOT / "docs/operating.md").read_text()
    documented = set(re.findall(r"^\| `(inventory_\w+)` \|", page, re.M))
    assert documented == {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


@pytest.mark.quick
def test_the_codes_of_alerts_exist():
    codes = {row.code for row in list_rows()}
    named = set("|".join(re.findall(r'code=~?"([a-z_|]+)"', read_expressions())).split("|"))
    assert named | set(metrics.RARE_CODES) <= codes
