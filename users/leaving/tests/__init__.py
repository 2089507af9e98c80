"""Accounts are closed and people erased, and what the law keeps stays."""
