"""A count sheet is counted by several people and booked once."""
