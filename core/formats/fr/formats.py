"""Dates and times of the pages in French."""

SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"
TIME_FORMAT = "H:i"
DAY_FORMAT = "j N"
DAY_OF_YEAR_FORMAT = "j N Y"
