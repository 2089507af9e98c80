"""A kit sells its parts, at its price, and comes back as sold."""
