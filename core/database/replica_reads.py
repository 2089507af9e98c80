"""The mixin of views whose reads a replica may answer."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from core.database import replicas
from core.database.errors import is_database_away

READS = ("GET", "HEAD")


class ReplicaReads(APIView):
    """Reads from a replica in the actions that `replica_actions` names, if REPLICA_URL is set and a replica is current.

    Authentication, permissions and throttles always read from the primary, so that a revoked access ends at once. If
    the replica fails before anything is sent, the action runs again on the primary. Single rows are read from the
    primary: checking whether the replica is current would cost more than the read.
    """

    replica_actions: tuple[str, ...] = ("get", "list")  # the actions of a viewset, or the methods of another view

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not replicas.REPLICAS:
            return super().dispatch(request, *args, **kwargs)
        with replicas.read_from(replicas.PRIMARY):
            response = super().dispatch(request, *args, **kwargs)
            alias = replicas.get_alias()
            if response.streaming and alias != replicas.PRIMARY:
                # The content is generated while reading from the same database as the request.
                content: Any = iter(response.streaming_content)  # type: ignore[attr-defined]
                read_next = replicas.read_from(alias)(lambda: next(content, None))
                response.streaming_content = iter(read_next, None)  # type: ignore[attr-defined]
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        action = getattr(self, "action", None) or "get"
        if replicas.REPLICAS and request.method in READS and action in self.replica_actions:
            self.use_database(replicas.choose_alias())

    def use_database(self, alias: str) -> None:
        """Read from this database until `dispatch()` ends, and add its name to the request's log line."""
        replicas.use(alias)
        self.request._request.read_from = alias  # type: ignore[attr-defined]

    def handle_exception(self, exc: Exception) -> Any:
        """Run the action again on the primary if the replica failed."""
        replica = replicas.REPLICAS.get(replicas.get_alias())
        if replica is None or not is_database_away(exc):
            return super().handle_exception(exc)
        replica.pause_after(exc)
        self.use_database(replicas.PRIMARY)
        try:
            return getattr(self, (self.request.method or "").lower())(self.request, *self.args, **self.kwargs)
        except Exception as error:
            return super().handle_exception(error)
