"""Signing up, in and out."""

from typing import cast

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from users import services, tokens
from users.authentication import TokenAuthentication
from users.models import User
from users.serializers import (
    LoginSerializer,
    LogoutSerializer,
    PasswordSerializer,
    RefreshSerializer,
    RegisterSerializer,
    SignedInSerializer,
    TokensSerializer,
    UserSerializer,
)


def signed_in(request: Request) -> User:
    """The caller, where the permission table lets in nobody else."""
    return cast(User, request.user)


class OpenView(generics.GenericAPIView):
    """For those who have no token yet: what the Authorization header says is not read."""

    authentication_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """Names the scheme: without it REST framework turns a refused password or token into a 403."""
        return TokenAuthentication().authenticate_header(request)


class RegisterView(OpenView):
    serializer_class = RegisterSerializer

    @extend_schema(responses={201: UserSerializer})
    @transaction.atomic
    def post(self, request: Request) -> Response:
        """Create a user. Without a role it is the owner of a new shop."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = serializer.save()
        return Response(UserSerializer(user).data, status=status.HTTP_201_CREATED)


class LoginView(OpenView):
    serializer_class = LoginSerializer

    @extend_schema(responses=SignedInSerializer)
    def post(self, request: Request) -> Response:
        """Sign in with user name and password; answers an access and a refresh token."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = serializer.validated_data["user"]
        return Response({**tokens.issue(user), "user": UserSerializer(user).data})


class RefreshView(OpenView):
    serializer_class = RefreshSerializer

    @extend_schema(responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """Trade a refresh token for a new pair. Each refresh token works once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(tokens.rotate(serializer.validated_data["refresh"]))


class LogoutView(generics.GenericAPIView):
    serializer_class = LogoutSerializer

    @extend_schema(responses={204: OpenApiResponse(description="Signed out.")})
    def post(self, request: Request) -> Response:
        """End one session, by its refresh token, or all of them. Access tokens live on to their expiry."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        refresh, user = serializer.validated_data.get("refresh"), signed_in(request)
        if refresh is None:
            tokens.end_all(user)
        elif not tokens.end(refresh, user):
            raise ValidationError({"refresh": ["This is not a refresh token of yours."]})
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordView(generics.GenericAPIView):
    serializer_class = PasswordSerializer

    @extend_schema(responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """Change one's own password. Every earlier token stops working; the answer holds a new pair."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = signed_in(request)
        pair = services.change_password(user, **serializer.validated_data)
        if request.auth is None:  # signed in by session, which is to go on
            user.refresh_from_db(fields=["password"])
            update_session_auth_hash(request._request, user)
        return Response(pair)
