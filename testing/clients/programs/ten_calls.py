"""`python ten_calls.py ADDRESS USERNAME`: typical calls, with openapi-generator's Python client."""

import sys

import inventory_openapi as inventory

PASSWORD = "long-enough-9"
address, username = sys.argv[1:]
configuration = inventory.Configuration(host=address)
client = inventory.ApiClient(configuration)
auth = inventory.AuthApi(client)
products, stock = inventory.ProductsApi(client), inventory.StockApi(client)

auth.register(inventory.RegisterRequest(username=username, password=PASSWORD, email=""))
configuration.access_token = auth.login(inventory.LoginRequest(username=username, password=PASSWORD)).access
print("products:", products.products_list(low_stock=False).count)

kettle = products.products_create(
    inventory.ProductRequest(name="Kettle", price="24.50", quantity=10, category="Kitchen")
)
for number in range(3):
    products.products_create(inventory.ProductRequest(name=f"Screw {number}", price="0.01", quantity=1_000_000_000))
print("created:", kettle.name, kettle.price, kettle.category_name, kettle.quantity)


def book(movement_type: inventory.MovementTypeEnum, quantity: int) -> inventory.Movement:
    body = inventory.BookRequest(product=kettle.id, movement_type=movement_type, quantity=quantity)
    return stock.stock_create(body, idempotency_key=f"{username} {movement_type.value} {quantity}")


delivered = book(inventory.MovementTypeEnum.IN, 5)
print("in:", delivered.old_quantity, delivered.new_quantity, delivered.reason.value)
sold = book(inventory.MovementTypeEnum.OUT, 3)
print("out:", sold.old_quantity, sold.new_quantity, sold.reason.value)

line = inventory.LineRequest(product=kettle.id, movement_type=inventory.MovementTypeEnum.OUT, quantity=1)
operation = stock.stock_operations_create(
    inventory.BookOperationRequest(lines=[line, line], reason=inventory.ReasonEnum.DAMAGE)
)
print("operation:", len(operation.movements), operation.reason.value)
counted = stock.stock_counts(inventory.CountRequest(lines=[inventory.CountLineRequest(product=kettle.id, counted=9)]))
print("count:", counted.lines[0].difference)

try:
    book(inventory.MovementTypeEnum.OUT, 99)
except inventory.ApiException as refusal:
    print("refused:", refusal.status, refusal.data.code, refusal.data.available, refusal.data.requested)
try:
    products.products_create(inventory.ProductRequest(name=" ", price="1"))
except inventory.ApiException as refusal:
    print("refused:", refusal.status, refusal.data.additional_properties["name"][0])

print("history:", len(stock.stock_history_list(kettle.id).results))
print("dashboard:", inventory.DashboardApi(client).dashboard().stock.total_stock)
print("report:", inventory.ReportsApi(client).reports_valuation().total.value_at_price)
