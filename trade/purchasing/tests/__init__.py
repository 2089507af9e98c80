"""Orders are drafted, sent and received, and what arrives is stock at its cost."""
