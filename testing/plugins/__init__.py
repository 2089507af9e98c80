"""Plugins of pytest: which tests run, in which order and process, and what each of them may leave behind."""
