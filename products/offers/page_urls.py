from django.urls import re_path

from products.offers import offer_page

pages = [
    re_path("^form/(?P<path>offers/)$", offer_page.AddOfferPage.as_view()),
]
