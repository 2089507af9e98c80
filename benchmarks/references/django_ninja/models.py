"""The columns of the product's tables that the routes use. The product's migrations create the tables."""

from django.db import models

LINK = {"on_delete": models.DO_NOTHING, "related_name": "+"}


class User(models.Model):
    username = models.CharField(max_length=150)
    role = models.CharField(max_length=6)
    is_active = models.BooleanField()
    token_version = models.PositiveIntegerField()
    date_joined = models.DateTimeField()
    employer = models.ForeignKey("self", null=True, **LINK)

    class Meta:
        managed = False
        db_table = "users_user"

    def __str__(self):
        return self.username


class Supplier(models.Model):
    owner_id = models.BigIntegerField()
    name = models.CharField(max_length=255)

    class Meta:
        managed = False
        db_table = "suppliers_supplier"

    def __str__(self):
        return self.name


class Category(models.Model):
    owner_id = models.BigIntegerField()
    name = models.CharField(max_length=255)

    class Meta:
        managed = False
        db_table = "products_category"

    def __str__(self):
        return self.name


class Product(models.Model):
    owner_id = models.BigIntegerField()
    name = models.CharField(max_length=255)
    description = models.TextField()
    sku = models.CharField(max_length=64)
    barcode = models.CharField(max_length=64)
    external_id = models.CharField(max_length=128, null=True)
    unit = models.CharField(max_length=32)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    cost_price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    quantity = models.BigIntegerField()
    stock_sequence = models.BigIntegerField()
    stock_value = models.DecimalField(max_digits=22, decimal_places=2)
    supplier_sku = models.CharField(max_length=64)
    pack_size = models.BigIntegerField()
    min_threshold = models.BigIntegerField()
    expiration_date = models.DateField(null=True)
    supplier = models.ForeignKey(Supplier, null=True, **LINK)
    category = models.ForeignKey(Category, null=True, **LINK)
    last_counted_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "products_product"

    def __str__(self):
        return self.name


class Performer(models.Model):
    owner_id = models.BigIntegerField()
    user = models.ForeignKey(User, **LINK)
    name = models.CharField(max_length=255)
    salt = models.BinaryField(null=True)

    class Meta:
        managed = False
        db_table = "stock_performer"

    def __str__(self):
        return self.name


class Operation(models.Model):
    owner_id = models.BigIntegerField()
    performed_by = models.ForeignKey(User, **LINK)
    performer = models.ForeignKey(Performer, **LINK)
    reason = models.CharField(max_length=10)
    reference = models.CharField(max_length=64, default="")
    note = models.TextField(default="")
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "stock_operation"

    def __str__(self):
        return self.reason


class Movement(models.Model):
    owner_id = models.BigIntegerField()
    operation = models.ForeignKey(Operation, **LINK)
    product = models.ForeignKey(Product, **LINK)
    product_name = models.CharField(max_length=255)
    sequence = models.BigIntegerField()
    movement_type = models.CharField(max_length=3)
    quantity = models.BigIntegerField()
    old_quantity = models.BigIntegerField()
    new_quantity = models.BigIntegerField()
    value = models.DecimalField(max_digits=22, decimal_places=2)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2, null=True)

    class Meta:
        managed = False
        db_table = "stock_movement"

    def __str__(self):
        return f"{self.movement_type} {self.quantity}"
