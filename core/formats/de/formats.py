"""Dates and times of the pages in German."""

SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y H:i"
TIME_FORMAT = "H:i"
PLOT_DAY_FORMAT = "j. M"
