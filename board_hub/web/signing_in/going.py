"""Sending a browser to a provider, with what the answer must fit kept in its session."""

from flask import request

from board_hub.http.current import current_hub
from board_hub.http.openid.clients import client_of
from board_hub.services.people.attempts import KEY, new_attempt, with_attempt
from board_hub.store.people_tables import IdentityProvider
from board_hub.web.session import current_session


def address_at(provider: IdentityProvider, following: str, *, silent: bool = False) -> str:
    """Where to send the browser. Raises SignInRefused if the provider is away or wrong.

    silent: the provider answers without asking the person anything, or says that it would have to.
    """
    attempt = new_attempt(provider.code, following, current_hub().clock(), silent=silent)
    address = client_of(provider).authorization_address(
        state=attempt.state, nonce=attempt.nonce, verifier=attempt.verifier, prompt="none" if silent else None
    )
    session = current_session()
    session[KEY] = with_attempt(session, attempt)
    return address


def here() -> str:
    """The address of the present page, to come back to."""
    return request.full_path.rstrip("?")
