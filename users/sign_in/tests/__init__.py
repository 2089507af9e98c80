"""Signing in, refreshing, links and throttling refuse what is forged, old or guessed."""
