from django.urls import re_path

from products.own_fields import own_field_page

pages = [
    re_path("^form/(?P<path>fields/[0-9]+/)$", own_field_page.OwnFieldPage.as_view()),
]
