"""Dates and times at the support desk. A time is followed by the name of its time zone."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i e"
MINUTE_FORMAT = "j M Y, H:i"  # this format is for columns whose heads name the time zone
SHORT_DATE_FORMAT = "Y-m-d"  # this format and those below are for the pages of shops
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
TIME_FORMAT = "H:i"
DAY_FORMAT = "j M"
DAY_OF_YEAR_FORMAT = DATE_FORMAT
