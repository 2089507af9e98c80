"""URLs below /docs/."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from inventory_api.documentation import views
from inventory_api.documentation.rendering import PICTURE_TYPES


class FileConverter(StringConverter):
    """The path of a file below docs/, without its suffix."""

    regex = r"[\w/-]+"


register_converter(FileConverter, "file")

urlpatterns = [
    path("", views.show_page),
    *(path(f"<file:name>{suffix}", views.show_picture, {"suffix": suffix}) for suffix in PICTURE_TYPES),
    path("<file:address>/", views.show_page),
]
