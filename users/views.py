"""Signing up, in and out."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, cast

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import LogPagination
from idempotency.decorators import idempotent
from users import login_throttling, naming, services, tokens
from users.authentication import TokenAuthentication
from users.filters import EventFilter
from users.models import SecurityEvent, User
from users.serializers import (
    ChangeUserSerializer,
    EmploySerializer,
    EventSerializer,
    LoginSerializer,
    LogoutSerializer,
    PasswordSerializer,
    RefreshSerializer,
    RegisterSerializer,
    SignedInSerializer,
    TokensSerializer,
    UserSerializer,
)


def sign_in_page(page: Callable[..., Any]) -> Callable[..., Any]:
    """Django's page with its form, whichever it is; 429 or 503 with Retry-After while the form is not looked at."""

    @wraps(page)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = page(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if refusal := getattr(form, "refusal", None):
            response.status_code = refusal.status_code
            response.headers["Retry-After"] = str(refusal.wait)
        return response

    return answer


def signed_in(request: Request) -> User:
    """The caller, where the permission table lets in nobody else."""
    return cast(User, request.user)


def limits_names(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Count the taken names that an owner's POST meets, outside of the transaction that a refusal undoes."""

    @wraps(handler)
    def limited(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        with naming.names_others(request) if request.user.is_authenticated else nullcontext():
            return handler(view, request, *args, **kwargs)

    return limited


def created(request: Request, serializer: Any) -> Response:
    """Save a new user. Sign-ups are counted per address, an owner's workers are not."""
    serializer.is_valid(raise_exception=True)
    with nullcontext() if request.user.is_authenticated else naming.sign_up(request), transaction.atomic():
        user = serializer.save()
    return Response(UserSerializer(user).data, status=status.HTTP_201_CREATED)


class OpenView(generics.GenericAPIView):
    """For those who have no token yet: what the Authorization header says is not read."""

    authentication_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """Names the scheme: without it REST framework turns a refused password or token into a 403."""
        return TokenAuthentication().authenticate_header(request)


class RegisterView(OpenView):
    """Sign up: a new shop with its owner, or a worker whom nobody employs yet."""

    serializer_class = RegisterSerializer

    @extend_schema(responses={201: UserSerializer})
    def post(self, request: Request) -> Response:
        """Create a user. Without a role it is the owner of a new shop."""
        return created(request, self.get_serializer(data=request.data))


class UserViewSet(viewsets.ModelViewSet):
    """You, and the workers of your shop if you own one. Deleting deactivates: history keeps the name."""

    queryset = User.objects.order_by("id")
    lookup_value_converter = "row_id"

    def get_queryset(self) -> Any:
        return User.objects.visible_to(signed_in(self.request)).order_by("id")

    def get_object(self) -> Any:
        """`me` is the address of oneself."""
        self.kwargs.setdefault("pk", self.request.user.pk)
        return super().get_object()

    def get_serializer_class(self) -> Any:
        if self.action == "create":
            return EmploySerializer if self.request.user.is_authenticated else RegisterSerializer
        return ChangeUserSerializer if self.action in ("update", "partial_update") else UserSerializer

    @extend_schema(request=RegisterSerializer, responses={201: UserSerializer})
    @limits_names
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Signed out: sign up. As an owner: add a worker."""
        return created(request, self.get_serializer(data=request.data))

    @extend_schema(request=ChangeUserSerializer, responses=UserSerializer)
    def update(self, *args: Any, **kwargs: Any) -> Response:
        """Change oneself or a worker; fields that are not sent stay."""
        return super().update(*args, **kwargs)

    @extend_schema(request=ChangeUserSerializer, responses=UserSerializer)
    def partial_update(self, *args: Any, **kwargs: Any) -> Response:
        """Change oneself or a worker; fields that are not sent stay."""
        return super().partial_update(*args, **kwargs)

    def perform_update(self, serializer: Any) -> None:
        """Save. Names and e-mail addresses are counted, so that nobody finds out by trying which are taken."""
        if not serializer.changes_name:
            serializer.save()
        elif serializer.is_oneself:
            naming.changes_name(self.request)
            serializer.save()
        else:
            with naming.names_others(self.request):
                serializer.save()

    def perform_destroy(self, instance: User) -> None:
        """Deactivate: history keeps the name. An owner that does it to itself closes the account."""
        services.deactivate(instance, self.request)


class EventsView(generics.ListAPIView):
    """Your security events and, for an owner, those of everybody in its account; newest first."""

    queryset = SecurityEvent.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    pagination_class = LogPagination

    def get_queryset(self) -> Any:
        return SecurityEvent.objects.visible_to(signed_in(self.request))


class LoginView(OpenView):
    """Tokens for a user name and a password. To sign in on these pages, use the link above."""

    serializer_class = LoginSerializer

    @extend_schema(responses=SignedInSerializer)
    def post(self, request: Request) -> Response:
        """Sign in with user name and password; answers an access and a refresh token."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = serializer.validated_data["user"]
        return Response({**tokens.issue(user), "user": UserSerializer(user).data})


class RefreshView(OpenView):
    """A new pair of tokens for a refresh token that has not been used yet."""

    serializer_class = RefreshSerializer

    @extend_schema(responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """Trade a refresh token for a new pair. Each refresh token works once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(tokens.rotate(serializer.validated_data["refresh"], request))


class LogoutView(generics.GenericAPIView):
    """Ends one refresh token, or all of yours."""

    serializer_class = LogoutSerializer

    @extend_schema(responses={204: OpenApiResponse(description="Signed out.")})
    def post(self, request: Request) -> Response:
        """End one session, by its refresh token, or all of them. Access tokens live on to their expiry."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        refresh, user = serializer.validated_data.get("refresh"), signed_in(request)
        if refresh is None:
            services.sign_out_everywhere(user, request)
        elif not tokens.end(refresh, user):
            raise ValidationError({"refresh": ["This is not a refresh token of yours."]})
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordView(generics.GenericAPIView):
    """Your own password. Every earlier token stops working."""

    serializer_class = PasswordSerializer

    @extend_schema(responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """Change one's own password. Every earlier token stops working; the answer holds a new pair."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = signed_in(request)
        with login_throttling.sign_in(request, user.get_username()) as old_was_right:
            try:
                pair = services.change_password(user, request=request, **serializer.validated_data)
            except ValidationError as error:
                if "old_password" not in error.detail:
                    old_was_right()
                raise
            old_was_right()
        if request.auth is None:  # signed in by session, which is to go on
            user.refresh_from_db(fields=["password", "token_version"])
            update_session_auth_hash(request._request, user)
        return Response(pair)
