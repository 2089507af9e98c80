"""Redirects of pages that have moved below /docs/, so that links from other sites still work."""

MOVED = {
    "till": "tills/#a-till-of-100-lines",
    "decisions/0049-rooms": "decisions/0021-rooms-in-one-order/#thirteen-apps-in-three-rooms",
    "decisions/0041-pages-of-tasks": "decisions/0013-pages-of-our-own/#pages-of-tasks",
    "decisions/0039-mail-to-strangers": "decisions/0023-links-by-mail/#mail-to-strangers",
    "decisions/0027-reads-from-a-replica": "decisions/0026-more-than-one-server/#reads-from-a-replica",
    "decisions/0028-failover-is-told": "decisions/0026-more-than-one-server/#a-failover-is-told",
    "decisions/0029-distribution-by-owner": "decisions/0026-more-than-one-server/#distribution-by-owner",
    "decisions/0026-a-pooler-in-front": "decisions/0026-more-than-one-server/",
    "decisions/0031-webhooks-are-readers-of-the-feed": "decisions/0030-events-are-numbered-after-the-commit/#webhooks",
    "decisions/0020-formulas-behind-every-delimiter": "decisions/0014-one-rule-for-texts/#formulas-in-csv",
    "decisions/0050-no-table-of-shops": "decisions/0040-handing-over/#no-table-of-shops",
    "decisions/0003-archive-instead-of-delete": "decisions/0044-removing-a-shop/#delete-archives",
    "decisions/0053-pictures": "decisions/0054-profiles/#pictures",
}
