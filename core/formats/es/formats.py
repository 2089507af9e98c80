"""Dates of the pages in Spanish, beside the formats that Django has for it."""

DAY_FORMAT = "j b"
DAY_OF_YEAR_FORMAT = "j b Y"
