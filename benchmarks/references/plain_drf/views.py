from django.db.models import Count, F, Sum
from rest_framework import serializers, viewsets
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.references.plain_drf.models import Movement, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = "__all__"


class MovementSerializer(serializers.ModelSerializer):
    product = serializers.PrimaryKeyRelatedField(queryset=Product.objects.all())

    class Meta:
        model = Movement
        fields = "__all__"
        read_only_fields = ["performed_by"]

    def validate(self, attrs):
        if attrs["movement_type"] == "OUT" and attrs["quantity"] > attrs["product"].quantity:
            raise serializers.ValidationError("Not enough stock.")
        return attrs


class ProductViewSet(viewsets.ModelViewSet):
    serializer_class = ProductSerializer

    def get_queryset(self):
        return Product.objects.filter(owner=self.request.user).order_by("id")


class MovementViewSet(viewsets.ModelViewSet):
    queryset = Movement.objects.order_by("-id")
    serializer_class = MovementSerializer

    def perform_create(self, serializer):
        movement = serializer.save(performed_by=self.request.user)
        product = movement.product
        product.quantity += movement.quantity if movement.movement_type == "IN" else -movement.quantity
        product.save()


class DashboardView(APIView):
    def get(self, request):
        products = Product.objects.filter(owner=request.user)
        value = products.aggregate(value=Sum(F("price") * F("quantity")))["value"]
        by_category = products.values("category").annotate(products=Count("id"), value=Sum(F("price") * F("quantity")))
        return Response({
            "total_products": products.count(),
            "low_stock": products.filter(quantity__lte=F("min_threshold")).count(),
            "total_value": value,
            "by_category": list(by_category.order_by("-value")),
        })  # fmt: skip
