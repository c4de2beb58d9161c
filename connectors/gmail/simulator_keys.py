"""Google's signing key: the ID tokens that pushes carry, and where to look the key up.

facts/gmail.md A6, "watch": a push is a POST with an OIDC token in its Authorization header.
The key is made when first needed and lives as long as the simulator.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from connectors.gmail.simulator_errors import answer
from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ISSUER = "https://accounts.google.com"
LIFETIME_SECONDS = 3600
_PEM, _JWKS = "/oauth2/v1/certs", "/oauth2/v3/certs"
_KEY_ID = "sandbox"
_YEARS = timedelta(days=3650)


@dataclass(slots=True)
class SigningKeys:
    PATHS: ClassVar[frozenset[str]] = frozenset({_PEM, _JWKS})

    clock: Clock
    _made: RSAPrivateKey | None = field(default=None, init=False)

    def token(self, audience: str, email: str) -> str:
        """A signed ID token of this moment, by the simulator's clock."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        now = int(self.clock.now().timestamp())
        head = {"alg": "RS256", "kid": _KEY_ID, "typ": "JWT"}
        claims = {
            "aud": audience,
            "azp": "sandbox",
            "email": email,
            "email_verified": True,
            "exp": now + LIFETIME_SECONDS,
            "iat": now,
            "iss": ISSUER,
            "sub": "sandbox",
        }
        said = ".".join(_url64(json.dumps(part).encode()) for part in (head, claims))
        signature = self._key().sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{said}.{_url64(signature)}"

    def published(self, path: str) -> Answer:
        """Google's two lists of public keys: certificates by key id, or a JWK set."""
        return answer({_KEY_ID: self._certificate()} if path == _PEM else {"keys": [self._jwk()]})

    def _key(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.asymmetric import rsa

        if self._made is None:
            self._made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._made

    def _jwk(self) -> dict[str, Any]:
        numbers = self._key().public_key().public_numbers()
        shown = {
            name: _url64(number.to_bytes((number.bit_length() + 7) // 8, "big"))
            for name, number in (("n", numbers.n), ("e", numbers.e))
        }
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": _KEY_ID, **shown}

    def _certificate(self) -> str:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509.oid import NameOID

        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
        now = self.clock.now()
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key().public_key())
            .serial_number(1)
            .not_valid_before(now - _YEARS)
            .not_valid_after(now + _YEARS)
            .sign(self._key(), hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
