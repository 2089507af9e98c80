"""The address of the link in a notice."""

from django.urls import path

from events.notices.pages import NoticesOffPage

urlpatterns = [
    path("notices/off/<token>/", NoticesOffPage.as_view(), name="notices-off"),
]
