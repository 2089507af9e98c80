"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route
from users.roles import Right

ROUTES = {
    "dashboard": Route("dashboard", READ, link="dashboard"),
    "product-alerts": Route("products", READ, link="alerts"),
    "product-statement": Route("products", READ),
    "stock-levels": Route("stock", READ, link="levels"),
    "report-movements": Route("reports", READ, link="report-movements"),
    "report-valuation": Route("reports", READ, link="report-valuation"),
    "report-idle": Route("reports", READ, link="report-idle"),
    "report-not-counted": Route("reports", READ, link="report-not-counted"),
    "report-days-left": Route("reports", READ, link="report-days-left"),
    "report-margins": Route("reports", {"GET": Right.SEE_COSTS}, link="report-margins"),
    "report-reorder": Route("reports", READ, link="report-reorder"),
}
