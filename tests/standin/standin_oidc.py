"""An OpenID Connect provider: discovery, keys and rotation, and sign-in by code with PKCE."""

import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

AUDIENCE, CLIENT = "docsql", "the-page"


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
                Route("/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )
        self.users: dict[str, dict[str, Any]] = {}
        self.secret: str | None = None
        self.redirects: set[str] = set()
        self.lifetime_s = 60.0
        self.refreshed = 0
        self._codes: dict[str, dict[str, str]] = {}
        self._refreshing: dict[str, dict[str, str]] = {}

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
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "scopes_supported": ["openid", "profile", "offline_access"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        """A page with a button for each user, and then the way back with a code (RFC 6749, 4.1)."""
        asked = dict(request.query_params)
        is_ours = asked.get("client_id") == CLIENT and asked.get("redirect_uri") in self.redirects
        if not is_ours or asked.get("code_challenge_method") != "S256":
            return Response("Unknown client, redirect or challenge", 400)
        if request.method == "GET":
            buttons = "".join(f"<button name=user value={one}>{one}</button>" for one in self.users)
            return HTMLResponse(f"<form method=post>{buttons}<button name=user>nobody</button>")
        user = str((await request.form()).get("user") or "")
        told = {"state": asked["state"]} | ({} if user else {"error": "access_denied"})
        if user:
            told["code"] = token_urlsafe(12)
            self._codes[told["code"]] = {**asked, "user": user}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 302)

    async def _token(self, request: Request) -> Response:
        """Tokens for a code, with its verifier (RFC 7636, 4.6), or for a refresh token, once each."""
        sent = {name: str(value) for name, value in (await request.form()).items()}
        if self.is_down:
            return Response(status_code=503)
        if self.secret is not None and not _is_basic(request, self.secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        if sent.get("grant_type") == "refresh_token":
            granted = self._refreshing.pop(sent.get("refresh_token", ""), None)
            self.refreshed += granted is not None
        else:
            granted = self._codes.pop(sent.get("code", ""), None)
            if granted and not _is_proven(granted, sent):
                granted = None
        if granted is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(self._granted(granted))

    def _granted(self, granted: dict[str, str]) -> dict[str, Any]:
        user, again = granted["user"], token_urlsafe(12)
        self._refreshing[again] = granted
        claims = self.users[user]
        own: dict[str, Any] = {"aud": CLIENT, "nonce": granted["nonce"], "exp": self.lifetime_s}
        return {
            "access_token": self.token(user, exp=self.lifetime_s, **claims.get("access", {})),
            "id_token": self.token(user, **{**own, **claims.get("id", {})}),
            "refresh_token": again,
            "token_type": "Bearer",
            "expires_in": self.lifetime_s,
        }

    def forget_refreshing(self) -> None:
        """Take no refresh token any more."""
        self._refreshing.clear()

    async def _published(self, _request: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        self.fetches += 1
        published = [
            {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": key_id, "use": "sig"}
            for key_id, key in self._keys.items()
        ]
        return JSONResponse({"keys": published})


def _is_proven(asked: Mapping[str, str], sent: Mapping[str, str]) -> bool:
    digest = sha256(sent.get("code_verifier", "").encode()).digest()
    is_same = all(asked[name] == sent.get(name) for name in ("client_id", "redirect_uri"))
    return is_same and urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]


def _is_basic(request: Request, secret: str) -> bool:
    sent = request.headers.get("authorization", "").removeprefix("Basic ")
    return b64decode(sent).decode() == f"{CLIENT}:{secret}"
