from core.shop_apps import ShopApp


class ReportsApp(ShopApp):
    name = "desk.reports"
    breaks = ("desk.reports.jobs.find_breaks",)
    enums = {
        "ComparedQuantityEnum": "desk.reports.comparison.sql.COMPARED",
        "SuspectKindEnum": "desk.reports.comparison.comparing.KINDS",
    }
    not_moved = {"reports.SalesDay": "sums that the worker computes from the sales"}
