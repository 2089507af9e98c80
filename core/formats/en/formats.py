"""Dates and times at the support desk. A time is followed by the name of its time zone."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i e"
MINUTE_FORMAT = "j M Y, H:i"  # this format is for columns whose heads name the time zone
