"""The pages below /till/."""

from django.urls import path

from trade.tills import till_page

urlpatterns = [
    path("", till_page.till_page, name="till"),
    path("manifest.webmanifest", till_page.manifest, name="till-manifest"),
    path("worker.js", till_page.worker, name="till-worker"),
]
