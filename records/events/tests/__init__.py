"""Each change writes one event."""
