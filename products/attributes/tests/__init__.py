"""Tags, attributes and metadata are kept and filtered by."""
