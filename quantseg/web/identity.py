"""Log-in by a hospital's identity provider: OpenID Connect, authorization code with PKCE.

OpenID Connect Core 1.0, RFC 7636 (PKCE) and RFC 9700 (what OAuth 2.0 has learned). The provider decides who a person
is, which role and which groups; here stands only how it is asked, and what is believed of its answer.
"""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from quantseg.errors import UsageError
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role

_SCOPE = "openid profile"
# Signatures by the provider's private key alone: of a shared secret or of none anybody could make one.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_SECONDS_TO_ANSWER = 10.0
_DESCRIPTION_SECONDS = 3600.0
_CLOCKS_DIFFER_SECONDS = 60
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_NAME = 64


@dataclass(frozen=True)
class IdentityProvider:
    """What an administrator says of the provider.

    Attributes:
        issuer: its address; ``/.well-known/openid-configuration`` below it describes the rest.
        client_id: under which the platform is known there.
        client_secret_file: holds the platform's secret; empty for a client without one.
        label: of the button on the log-in page.
        role_claim: where in the ID token a person's roles stand; dots lead into what a claim holds.
        group_claim: where the groups stand.
        roles: what the provider calls each role.
        passwords: whether people may log in by a password of the platform as well.
    """

    issuer: str
    client_id: str
    client_secret_file: str = ""
    label: str = "Log in with the hospital's account"
    role_claim: str = "realm_access.roles"
    group_claim: str = "groups"
    roles: Mapping[str, str] = field(default_factory=lambda: {role.value: f"quantseg-{role.value}" for role in Role})
    passwords: bool = False

    @classmethod
    def read(cls, path: Path) -> IdentityProvider:
        """Read a TOML file.

        Raises:
            UsageError: it cannot be read, or says something that cannot be.
        """
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path} cannot be read ({error}); see the documentation of the platform.") from None
        unknown = sorted(set(said) - {one.name for one in fields(cls)})
        missing = sorted({"issuer", "client_id"} - set(said))
        if unknown or missing:
            wrong = [*(f"{name} is unknown" for name in unknown), *(f"{name} is missing" for name in missing)]
            raise UsageError(f"{path}: {', '.join(wrong)}; see the documentation of the platform.")
        provider = cls(**said)
        provider._check(path)
        return provider

    def _check(self, path: Path) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            kind = {"roles": Mapping, "passwords": bool}.get(one.name, str)
            if not isinstance(value, kind):
                raise UsageError(f"{path}: {one.name} is {value!r}, which is no {kind.__name__.lower()}.")
        known = {role.value for role in Role}
        if not set(self.roles) <= known or not all(isinstance(name, str) and name for name in self.roles.values()):
            raise UsageError(f"{path}: roles names {sorted(self.roles)}; expected some of {', '.join(sorted(known))}.")
        if not _is_private(self.issuer):
            raise UsageError(f"{path}: the issuer {self.issuer} is no https address; what passes there must be secret.")
        if self.client_secret_file:
            self.secret()

    def secret(self) -> str | None:
        """Return the platform's secret; None for a client without one.

        Raises:
            UsageError: its file cannot be read.
        """
        if not self.client_secret_file:
            return None
        try:
            return Path(self.client_secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UsageError(
                f"The secret in {self.client_secret_file} cannot be read; check file and rights."
            ) from None


@dataclass(frozen=True)
class Attempt:
    """One attempt to log in, known to one browser alone.

    Attributes:
        state: comes back with the browser.
        nonce: comes back in the ID token.
        verifier: shown to the provider when the code is exchanged; the browser never sees it.
        back: address here to which the browser is led back.
    """

    state: str
    nonce: str
    verifier: str
    back: str


@dataclass(frozen=True)
class Told:
    """What the provider says of a person.

    Attributes:
        subject: who it is for ever, the issuer before it.
        name: to be shown, and to search the audit trail by.
        full_name: stands in histories and approvals.
        role: the highest that the provider names; None where it names none.
        groups: names of groups.
    """

    subject: str
    name: str
    full_name: str
    role: Role | None
    groups: tuple[str, ...]


class ProviderClient:
    """Asks the provider.

    Args:
        provider: as an administrator describes it.
    """

    def __init__(self, provider: IdentityProvider) -> None:
        self.provider = provider
        self._lock = threading.Lock()
        self._described: tuple[float, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    def way_in(self, attempt: Attempt) -> str:
        """Return the address at the provider to which a browser is led.

        Raises:
            Refusal: the provider cannot be asked.
        """
        with self._client(attempt.back) as client:
            address, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(address)

    def person(self, code: str, attempt: Attempt) -> Told:
        """Exchange a code for what the provider says of a person.

        Raises:
            Refusal: the code holds no more, or the answer is not to be believed.
        """
        try:
            with self._client(attempt.back) as client:
                answer = client.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                    timeout=_SECONDS_TO_ANSWER,
                    allow_redirects=False,
                )
        except (OAuthError, requests.RequestException, ValueError):
            raise Refusal(401, "The identity provider did not confirm the log-in; log in again.") from None
        return self._told(self._claims(str(answer.get("id_token", "")), attempt.nonce))

    def _client(self, back: str) -> OAuth2Session:
        return OAuth2Session(
            self.provider.client_id,
            self.provider.secret(),
            scope=_SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Return what an ID token says, once everything about it is as it must be."""
        wanted = jwt.JWTClaimsRegistry(
            leeway=_CLOCKS_DIFFER_SECONDS,
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "value": self.provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(token)
            wanted.validate(claims)
        except (JoseError, ValueError):
            raise Refusal(401, "The identity provider's answer is not to be believed; log in again.") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", self.provider.client_id if not several else "") != self.provider.client_id:
            raise Refusal(401, "The identity provider's answer was meant for another program; log in again.")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, self._key_set(anew=False), algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError):
            # Providers change their keys.
            return jwt.decode(token, self._key_set(anew=True), algorithms=_ALGORITHMS).claims

    def _told(self, claims: Mapping[str, Any]) -> Told:
        known = set(_names(claims, self.provider.role_claim))
        roles = [role for role in Role if self.provider.roles.get(role.value) in known]
        name = str(claims.get("preferred_username") or claims["sub"])
        groups = tuple(group.removeprefix("/") for group in _names(claims, self.provider.group_claim))
        return Told(
            f"{self.provider.issuer} {claims['sub']}",
            "".join(name.split()).casefold()[:_LONGEST_NAME],
            str(claims.get("name") or name),
            max(roles, key=list(Role).index, default=None),
            groups,
        )

    def _endpoint(self, name: str) -> str:
        address = str(self._description().get(name, ""))
        if not _is_private(address):
            raise Refusal(502, "The identity provider does not describe itself as expected; tell who runs this server.")
        return address

    def _description(self) -> dict[str, Any]:
        with self._lock:
            if self._described is None or time.monotonic() - self._described[0] > _DESCRIPTION_SECONDS:
                found = _fetched(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.provider.issuer:
                    raise Refusal(502, "The identity provider calls itself otherwise; tell who runs this server.")
                self._described = time.monotonic(), found
            return self._described[1]

    def _key_set(self, anew: bool) -> KeySet:
        if self._keys is None or anew:
            self._keys = KeySet.import_key_set(_fetched(self._endpoint("jwks_uri")))  # type: ignore[arg-type]
        return self._keys


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=_SECONDS_TO_ANSWER, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError):
        raise Refusal(
            502, "The identity provider cannot be reached; try again, or tell who runs this server."
        ) from None
    return found if isinstance(found, dict) else {}


def _names(claims: Mapping[str, Any], path: str) -> list[str]:
    """Return the names that a claim lists; none where there is no such claim."""
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, str) and one]


def _is_private(address: str) -> bool:
    """Tell whether nobody between can read what goes to an address."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
