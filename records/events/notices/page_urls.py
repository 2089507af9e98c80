from django.urls import path

from records.events.notices.pages import NoticesOffPage

root_pages = [path("accounts/notices/off/<token>/", NoticesOffPage.as_view(), name="notices-off")]
