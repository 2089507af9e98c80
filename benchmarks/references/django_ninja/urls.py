from django.urls import path

from benchmarks.references.django_ninja.api import api

urlpatterns = [path("api/", api.urls)]
