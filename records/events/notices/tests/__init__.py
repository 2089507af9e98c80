"""Notices show what needs a decision."""
