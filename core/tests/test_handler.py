"""The WSGI handler finds a path's route once, and checks the database connections once per request."""

import pytest
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpResponse
from django.urls import Resolver404, URLResolver, get_resolver

from core.http import handler
from core.http.handler import Handler, disconnect_needless_receivers, find_route


@pytest.fixture
def resolved(monkeypatch):
    """Return a list of the paths for which Django looks through its patterns."""
    find_route.cache_clear()
    paths, resolve = [], URLResolver.resolve
    root = get_resolver()

    def record(resolver, path):
        if resolver is root:
            paths.append(path)
        return resolve(resolver, path)

    monkeypatch.setattr(URLResolver, "resolve", record)
    return paths


def test_the_route_of_a_path_is_looked_up_once(rf, resolved):
    requests = [rf.get("/api/products/7/"), rf.post("/api/products/7/")]
    matches = [Handler().resolve_request(request) for request in requests]
    assert resolved == ["/api/products/7/"]
    assert [request.resolver_match for request in requests] == matches
    assert matches[0].kwargs == {"pk": 7}


def test_every_route_found_is_that_of_django(rf):
    for path in ("/api/stock/", "/api/dashboard/", "/api/products/8/", "/admin/", "/healthz"):
        found, django = find_route(path), get_resolver().resolve(path)
        assert (found.func, found.kwargs, found.route) == (django.func, django.kwargs, django.route)


def test_a_path_without_a_route_is_not_remembered(resolved):
    for _ in range(2):
        with pytest.raises(Resolver404):
            find_route("/no-such-page/")
    assert resolved == ["/no-such-page/"] * 2


def test_at_most_a_thousand_paths_are_remembered():
    for number in range(handler.MAX_CACHED_PATHS + 50):
        find_route(f"/api/products/{number + 1}/")
    assert find_route.cache_info().currsize == handler.MAX_CACHED_PATHS


@pytest.fixture
def receivers():
    """Connect Django's own receivers again after the test."""
    yield
    request_started.connect(reset_queries)
    request_started.connect(close_old_connections)
    request_finished.connect(close_caches)


def test_connections_are_checked_once_per_request(rf, receivers, monkeypatch):
    checks = []
    monkeypatch.setattr("django.db.connections.all", lambda **_: checks.append("checked") or [])
    disconnect_needless_receivers()
    request_started.send(sender=Handler, environ={})
    assert checks == []
    HttpResponse().close()
    assert checks == ["checked"]


def test_debug_clears_the_queries_of_the_request_before(receivers, settings, monkeypatch):
    cleared = []
    monkeypatch.setattr("django.db.connections.all", lambda **_: cleared.append("cleared") or [])
    settings.DEBUG = True
    disconnect_needless_receivers()
    request_started.send(sender=Handler, environ={})
    assert cleared == ["cleared"]
