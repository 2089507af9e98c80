"""A software authenticator: it makes and answers passkeys as a browser with a security key does, or wrongly on purpose.

Its key and the id of its passkey follow from its name, so that a test can make the same authenticator again.
"""

import json
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

from users.models import User
from users.sign_in.factors.passkeys import make_handle

ORIGIN, HOST = "http://testserver", "testserver"  # those of Django's test clients
PRESENT, VERIFIED, HAS_KEY = 1, 4, 64  # flags of the data that an authenticator signs


class Authenticator:
    """An authenticator. Its methods have switches for what browsers never send, such as another origin or host."""

    def __init__(self, name: object, handle: bytes | None = None) -> None:
        self.handle = handle  # the id of the passkey's user, which the service gave it
        seed = sha256(str(name).encode()).digest()
        self.key = ec.derive_private_key(int.from_bytes(seed) >> 1, ec.SECP256R1())
        self.credential_id = sha256(seed).digest()

    def make(self, challenge: str, **switches: Any) -> dict[str, Any]:
        """Return a new passkey, as `navigator.credentials.create()` does."""
        key = len(self.credential_id).to_bytes(2) + self.credential_id + self.describe_key()
        signed = describe_state(HAS_KEY, **switches) + bytes(16) + key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": signed})
        client_data = describe_client("webauthn.create", challenge, **switches)
        return self.wrap(clientDataJSON=client_data, attestationObject=attestation)

    def answer(self, challenge: str, *, breaks_signature: bool = False, **switches: Any) -> dict[str, Any]:
        """Return the answer to a challenge, as `navigator.credentials.get()` does."""
        client_data = describe_client("webauthn.get", challenge, **switches)
        signed = describe_state(0, **switches)
        signature = self.key.sign(signed + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        if breaks_signature:
            signature = self.key.sign(b"another text", ec.ECDSA(SHA256()))
        handle = {} if self.handle is None else {"userHandle": self.handle}
        return self.wrap(clientDataJSON=client_data, authenticatorData=signed, signature=signature, **handle)

    def describe_key(self) -> bytes:
        """Return the public key in the format of COSE."""
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def wrap(self, **parts: bytes) -> dict[str, Any]:
        """Return the parts as `PublicKeyCredential.toJSON()` does."""
        credential_id = bytes_to_base64url(self.credential_id)
        response = {name: bytes_to_base64url(part) for name, part in parts.items()}
        return {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": response}


def describe_client(kind: str, challenge: str, *, origin: str = ORIGIN, **_: Any) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def describe_state(flags: int, *, host: str = HOST, counter: int = 0, verified: bool = True, **_: Any) -> bytes:
    flags |= PRESENT | (VERIFIED if verified else 0)
    return sha256(host.encode()).digest() + bytes([flags]) + counter.to_bytes(4)


def authenticator_of(user: User) -> Authenticator:
    """Return the authenticator with which `testing.cast.factors.add_passkey()` has made the user's passkey."""
    return Authenticator(f"user {user.pk}", make_handle(user))
