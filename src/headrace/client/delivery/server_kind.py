"""What a server can do: one of Headrace's takes journals and artifacts, MLflow's does not."""

from __future__ import annotations

from msgspec import Struct

from headrace.api import wire
from headrace.api.endpoint import Empty, Endpoint
from headrace.api.server import SERVER_INFO
from headrace.errors import EndpointNotFound
from headrace.stores.remote import Send


class Abilities(Struct, frozen=True):
    """What is asked of `HeadraceInfo`; a server that does not say cannot."""

    journals: bool = False
    artifacts: bool = False


class _Answer(Struct):
    """The answer of any server: MLflow's says nothing of Headrace."""

    headrace: Abilities = Abilities()


_QUESTION = Endpoint(
    SERVER_INFO.name,
    SERVER_INFO.verb,
    SERVER_INFO.path,
    Empty,
    _Answer,
    SERVER_INFO.permission,
    SERVER_INFO.target,
)


def abilities(send: Send) -> Abilities:
    """Return what the server at the other end can do; a plain MLflow server nothing of this.

    Args:
        send: Carries calls to the server.

    Raises:
        TemporarilyUnavailable: If nobody answers.
        HeadraceError: If what answers is no tracking server, or refuses to.

    """
    path, body = wire.encode_request(_QUESTION, Empty())
    status, answer = send(_QUESTION.verb, path, body)
    try:
        return wire.decode_answer(_QUESTION, status, answer).headrace
    except EndpointNotFound:  # MLflow 2 knows no such call
        return Abilities()
