"""Products are created, changed, archived, found and restored, within their account."""
