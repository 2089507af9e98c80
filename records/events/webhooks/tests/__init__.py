"""Webhooks are signed, sent once and again after a failure, and never to inner addresses."""
