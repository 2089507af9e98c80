from django.urls import path

from records.events.feed.views import FeedView

urlpatterns = [path("events/", FeedView.as_view(), name="feed")]
