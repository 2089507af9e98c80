"""Pages and sections that have moved below /docs/, so that links from other sites still work."""

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
# A browser does not send the anchor of a link, so the page keeps the anchor, with a link to the new address.
MOVED_SECTIONS = {
    "copies": {
        "some-rows": "lists/#filters",
        "some-fields": "lists/#some-fields",
        "one-row": "lists/#conditions",
        "ids-of-other-programs": "products/#ids-of-other-programs",
        "a-catalogue-of-your-own": "products/#a-catalogue-of-your-own",
        "one-further-code": "products/#one-further-code",
        "metadata": "products/#metadata",
        "change-several-products": "products/#change-several-products",
    },
    "customers": {"for-owners": "customers/#on-the-pages", "for-programs": "customers/#example"},
    "ledger": {
        "a-sale-of-several-products": "bookings/#a-sale-of-several-products",
        "amounts": "bookings/#amounts",
        "what-comes-back-of-a-sale": "bookings/#what-comes-back-of-a-sale",
        "what-goes-back-to-the-supplier": "bookings/#what-goes-back-to-the-supplier",
        "a-wrong-booking": "bookings/#a-wrong-booking",
        "a-form-with-outdated-numbers": "bookings/#a-form-with-outdated-numbers",
        "a-stock-take": "bookings/#a-stock-take",
        "a-file-of-products": "import/#importing-products",
        "limits": "bookings/#limits",
    },
    "operating": {
        "rate-limits": "rate-limits/#rate-limits",
        "requests-that-take-long": "rate-limits/#requests-that-take-long",
    },
    "purchasing": {
        "for-programs": "purchasing/#example",
        "records": "events/#the-types",
    },
    "readme": {"what-workers-may-do": "roles/#users-and-roles"},
    "reliability": {
        "outside-of-a-transaction": "decisions/0008-faults-are-tried/#outside-of-a-transaction",
        "access": "security/#what-is-promised",
    },
    "reservations": {"for-owners": "returns-and-orders/#take-an-order", "for-programs": "reservations/#example"},
    "roles": {"roles-by-the-api": "roles/#users-by-the-api"},
    "scanning": {"for-owners": "scanning/#on-the-pages"},
    "variants": {"for-programs": "variants/#example"},
}
