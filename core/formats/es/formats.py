"""Dates and times of the pages in Spanish."""

SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"
TIME_FORMAT = "H:i"
DAY_FORMAT = "j b"
DAY_OF_YEAR_FORMAT = "j b Y"
