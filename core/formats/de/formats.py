"""Dates of the pages in German, beside the formats that Django has for it."""

DAY_FORMAT = "j. N"
DAY_OF_YEAR_FORMAT = "j. N Y"
