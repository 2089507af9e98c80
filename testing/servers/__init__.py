"""PostgreSQL, PgBouncer and the service in processes of their own, and what tries them: kills, upgrades, HTTP."""
