"""A stand-in for a hospital's identity provider: it speaks OpenID Connect, and says of people what a test wants."""

import asyncio
import threading
import time
from urllib.parse import urlencode

import uvicorn
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "quantseg", "the platform's secret"


class StandinProvider:
    """Serves on loopback until it is ended.

    Attributes:
        claims: of the person who logs in next, beside what every ID token says; changed by a test.
        tamper: changes the header and the claims of the next token, or the key that signs it.
    """

    def __init__(self):
        self.claims = {"sub": "4711"}
        self.tamper = lambda header, claims, key: (header, claims, key)
        self.key = RSAKey.generate_key(2048, parameters={"kid": "first"})
        self._codes = {}
        self._server = uvicorn.Server(uvicorn.Config(self._application(), port=0, log_level="error"))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)

    def start(self):
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
        self.issuer = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def end(self):
        self._server.should_exit = True
        self._thread.join(10)

    def _application(self):
        application = FastAPI()
        application.get("/.well-known/openid-configuration")(self._describe)
        application.get("/authorize")(self._authorize)
        application.get("/keys")(lambda: KeySet([self.key]).as_dict(private=False))
        application.post("/token")(self._token)
        return application

    def _describe(self):
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in ends.items()}}

    def _authorize(self, request: Request):
        asked = dict(request.query_params)
        assert asked["code_challenge_method"] == "S256"
        code = generate_token(20)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303)

    async def _token(self, request: Request):
        form = await request.form()
        asked = self._codes.pop(form["code"], None)
        if asked is None or create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        header, claims, key = self.tamper({"alg": "RS256", "kid": "first"}, claims | self.claims, self.key)
        token = jwt.encode(header, claims, key, algorithms=["RS256", "HS256", "none"])
        return {"access_token": "of no use here", "token_type": "Bearer", "id_token": token}
