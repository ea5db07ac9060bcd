"""One provider as the hub deals with it: sends people there, takes what they bring back, asks again, hears logouts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from board_hub.domain.openid import (
    Expected,
    Logout,
    Proof,
    Reason,
    SignInRefused,
    check_assurance,
    check_id_token,
    check_logout,
)
from board_hub.http.openid.keys import ProviderKeys
from board_hub.http.openid.metadata import FRESH, Kept, Metadata
from board_hub.http.openid.tokens import open_token
from board_hub.http.openid.transport import ProviderSession, fetch_json, open_session, text_of, token_call
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import IdentityProvider


class ProviderClient:
    """Made for one state of one row (`changed_at`); keeps the provider's metadata and keys for a while."""

    def __init__(self, provider: IdentityProvider, hub: Hub, redirect_uri: str) -> None:
        self.provider, self._hub, self._redirect_uri = provider, hub, redirect_uri
        self._metadata = Kept(self._fetch, provider.issuer, hub.clock)
        self._keys = ProviderKeys(lambda: self._fetch(self._metadata.get().jwks_uri), hub.clock)

    def metadata(self) -> Metadata:
        """As fetched some minutes ago at most. Raises SignInRefused."""
        return self._metadata.get(FRESH)

    def authorization_address(self, *, state: str, nonce: str, verifier: str, prompt: str | None = None) -> str:
        """Where to send the browser, once the provider is known to be there."""
        row, extra = self.provider, {}
        if row.acr_values:
            extra["acr_values"] = " ".join(row.acr_values)
        if row.most_age:
            extra["max_age"] = str(row.most_age)
        if prompt:
            extra["prompt"] = prompt
        with self._open() as session:
            address, _ = session.create_authorization_url(
                self.metadata().authorization_endpoint,
                state=state,
                code_verifier=verifier,
                nonce=nonce,
                redirect_uri=self._redirect_uri,
                **extra,
            )
        return str(address)

    def exchange(self, code: str, *, verifier: str, nonce: str) -> Proof:
        """Who came back with this code. Raises SignInRefused."""
        metadata = self._metadata.get()
        with self._open() as session, token_call():
            answer = session.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=self._redirect_uri,
            )
        return self._prove(answer, nonce=nonce)

    def refresh(self, refresh_token: str, proof_of: str, acr: str) -> Proof:
        """Ask again who `proof_of` (a subject) is. Raises SignInRefused: CODE_REFUSED if the provider says no.

        acr: the level proven at sign-in, which a refresh does not have to prove again.
        """
        with self._open() as session, token_call():
            session.token = {"refresh_token": refresh_token, "access_token": "", "token_type": "Bearer"}
            answer = dict(session.refresh_token(self._metadata.get().token_endpoint, refresh_token=refresh_token))
        return self._prove(answer, nonce=None, subject=proof_of, acr=acr)

    def read_logout(self, raw: str) -> Logout:
        """What a logout token ends. Raises SignInRefused."""
        header, claims = open_token(raw, self._keys, self.provider.algorithms)
        row = self.provider
        return check_logout(header, claims, issuer=row.issuer, client_id=row.client_id, now=self._hub.clock())

    def check(self) -> dict[str, object]:
        """What the provider offers, asked anew. Raises SignInRefused with what is wrong."""
        metadata = self._metadata.get(timedelta())
        return {
            "issuer": metadata.issuer,
            "keys": self._keys.count(),
            "names_issuer": metadata.names_issuer,
            "userinfo": metadata.userinfo_endpoint is not None,
            "ends_sessions": metadata.end_session_endpoint is not None,
        }

    def end_session_endpoint(self) -> str | None:
        """Where the provider ends its own session, if it can and is there."""
        try:
            return self._metadata.get().end_session_endpoint
        except SignInRefused:
            return None

    def promises_issuer(self) -> bool:
        return self._metadata.get().names_issuer

    def _prove(self, answer: Any, *, nonce: str | None, subject: str | None = None, acr: str | None = None) -> Proof:
        access_token, raw = text_of(answer, "access_token"), text_of(answer, "id_token")
        if raw is None and subject is None:
            raise SignInRefused(Reason.ID_TOKEN, "The token endpoint gave no id_token.")
        signed: dict[str, object] = {"sub": subject}
        if raw is not None:
            signed = self._read_id_token(raw, nonce, access_token)
        if subject is not None and signed["sub"] != subject:
            raise SignInRefused(Reason.OTHER_PERSON, "The refresh answers for another subject.")
        claims = self._userinfo(access_token, str(signed["sub"])) | signed
        level = acr if acr is not None and "acr" not in signed else check_assurance(signed, self.provider.acr_values)
        return Proof(
            issuer=self.provider.issuer,
            subject=str(signed["sub"]),
            claims=claims,
            acr=str(level),
            sid=text_of(signed, "sid"),
            proven_at=self._proven_at(signed),
            refresh_token=text_of(answer, "refresh_token"),
        )

    def _read_id_token(self, raw: str, nonce: str | None, access_token: str | None) -> dict[str, object]:
        header, claims = open_token(raw, self._keys, self.provider.algorithms)
        row = self.provider
        expected = Expected(
            issuer=row.issuer,
            client_id=row.client_id,
            nonce=nonce,
            now=self._hub.clock(),
            most_age=row.most_age if nonce is not None else 0,
            access_token=access_token,
            algorithm=str(header["alg"]),
        )
        check_id_token(claims, expected)
        return claims

    def _userinfo(self, access_token: str | None, subject: str) -> dict[str, object]:
        """What the provider says beyond the token, if it offers to; it must speak of the same person (Core §5.3.2)."""
        address = self._metadata.get().userinfo_endpoint
        if address is None or access_token is None:
            return {}
        try:
            with self._open() as session:
                claims = fetch_json(session, address, token=access_token)
        except SignInRefused as refusal:
            reason = Reason.USERINFO if refusal.reason == Reason.PROVIDER_WRONG else refusal.reason
            raise SignInRefused(reason, f"userinfo: {refusal}") from None
        if claims.get("sub") != subject:
            raise SignInRefused(Reason.USERINFO, "userinfo speaks of another sub than the id_token.")
        return claims

    def _proven_at(self, claims: dict[str, object]) -> datetime | None:
        moment = claims.get("auth_time")
        if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 < moment < 2**33:
            return None
        return datetime.fromtimestamp(moment, UTC)

    def _fetch(self, address: str) -> dict[str, object]:
        with self._open() as session:
            return fetch_json(session, address)

    def _open(self) -> ProviderSession:
        return open_session(self.provider, key=self._hub.key, sealer=self._hub.sealer)
