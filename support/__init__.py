"""The support desk's own pages, beside those of the admin: the front page, the search, an account at a glance."""
