"""An OpenID Connect provider as far as its tokens are concerned: discovery, keys, and rotation."""

import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

AUDIENCE = "docsql"


class OidcStandIn:
    """Signs tokens and publishes the keys that they are signed with; `fetches` counts readers."""

    def __init__(self) -> None:
        self.url = ""
        self.fetches = 0
        self.is_down = False
        self._made = 0
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self.rotate()
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/keys", self._published),
            ]
        )

    @property
    def key_id(self) -> str:
        return next(reversed(self._keys))

    def rotate(self, *, forget: bool = False) -> None:
        """Sign with a new key from now on; the old ones stay published unless forgotten."""
        if forget:
            self._keys.clear()
        self._made += 1
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._keys[f"key-{self._made}"] = made

    def public_pem(self) -> bytes:
        public = self._keys[self.key_id].public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def token(
        self,
        subject: str = "alice",
        *,
        key: object = None,
        algorithm: str = "RS256",
        header: Mapping[str, str | None] | None = None,
        **claims: Any,
    ) -> str:
        """A token, valid for a minute; times are seconds from now, a claim of None is left out."""
        now = time.time()
        whole: dict[str, Any] = {"iss": self.url, "aud": AUDIENCE, "sub": subject}
        times = {"iat": 0, "exp": 60} | {
            k: claims.pop(k) for k in ("exp", "iat", "nbf") if k in claims
        }
        whole |= {name: now + seconds for name, seconds in times.items() if seconds is not None}
        whole |= claims
        headers = {"kid": self.key_id, **(header or {})}
        signing: Any = self._keys[self.key_id] if key is None else key
        if algorithm == "none":
            signing = None
        return jwt.encode(
            {name: value for name, value in whole.items() if value is not None},
            signing,
            algorithm=algorithm,
            headers={name: value for name, value in headers.items() if value is not None},
        )

    async def _configuration(self, _request: Request) -> Response:
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    async def _published(self, _request: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        self.fetches += 1
        published = [
            {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": key_id, "use": "sig"}
            for key_id, key in self._keys.items()
        ]
        return JSONResponse({"keys": published})
