"""Why somebody was not let in, in words for that person."""

from board_hub.domain.openid import Reason
from board_hub.web.languages import lazy

_AGAIN = lazy("Start the sign-in again. If it happens twice, close the other tabs of this site first.")
_THEIR_HELP = lazy("Tell the help desk of your identity provider, with the reference below.")
_OUR_HELP = lazy("Tell the secretariat of the Board, with the reference below. It sees what was missing.")

WORDS: dict[Reason, tuple[object, object, object]] = {
    Reason.STATE: (
        lazy("This sign-in is over"),
        lazy("The answer fits no sign-in that is under way in this browser. It was used before, or took too long."),
        _AGAIN,
    ),
    Reason.OTHER_PROVIDER: (
        lazy("The answer came from the wrong place"),
        lazy("You began with one identity provider, and the answer came from another."),
        _AGAIN,
    ),
    Reason.RESPONSE_ISSUER: (
        lazy("The answer came from the wrong place"),
        lazy("The answer names another identity provider than the one you chose."),
        _AGAIN,
    ),
    Reason.DECLINED: (
        lazy("You were not signed in"),
        lazy("The sign-in was cancelled, or your identity provider does not let you in."),
        _AGAIN,
    ),
    Reason.SIGN_IN_AGAIN: (
        lazy("Please sign in again"),
        lazy("Your sign-in at your identity provider is over."),
        lazy("Sign in again; you will come back to where you were."),
    ),
    Reason.PROVIDER_ERROR: (
        lazy("Your identity provider reported an error"),
        lazy("The hub did not learn who you are."),
        _THEIR_HELP,
    ),
    Reason.PROVIDER_AWAY: (
        lazy("Your identity provider does not answer"),
        lazy("The hub is running, but it cannot reach the service that knows you."),
        lazy("Try again in some minutes. If it goes on, tell the help desk of your identity provider."),
    ),
    Reason.PROVIDER_WRONG: (
        lazy("Your identity provider is not set up as agreed"),
        lazy("Its answers are not what the hub expects of it, so nobody can sign in by it now."),
        lazy("Tell the secretariat of the Board, with the reference below. Other Member States are not concerned."),
    ),
    Reason.PROVIDER_CLOSED: (
        lazy("This identity provider is closed"),
        lazy("The secretariat has closed it: nobody signs in by it at present."),
        _OUR_HELP,
    ),
    Reason.CODE_REFUSED: (
        lazy("Your identity provider did not confirm the sign-in"),
        lazy("Its answer was used before, or took too long."),
        _AGAIN,
    ),
    Reason.ID_TOKEN: (
        lazy("The answer of your identity provider was not taken"),
        lazy("It is not signed or not filled in as it must be."),
        _OUR_HELP,
    ),
    Reason.ASSURANCE: (
        lazy("A stronger sign-in is needed"),
        lazy("You signed in with a lower level of assurance than the Board asks for."),
        lazy("Sign in with your eID, card or second factor. If you did, tell the secretariat the reference below."),
    ),
    Reason.TOO_OLD: (
        lazy("Please show again who you are"),
        lazy("You signed in at your identity provider too long ago."),
        lazy("Sign out there, then sign in again."),
    ),
    Reason.USERINFO: (
        lazy("Your identity provider did not say enough"),
        lazy("The hub could not read what it says about you."),
        _OUR_HELP,
    ),
    Reason.NO_RULE: (
        lazy("You are known, but not entitled"),
        lazy("Your identity provider confirmed who you are. Nothing it says gives you a role at the hub."),
        _OUR_HELP,
    ),
    Reason.NO_MANDATE: (
        lazy("No mandate is in force"),
        lazy("You are to represent your state on the Board, but no mandate for your e-mail address is in force today."),
        _OUR_HELP,
    ),
    Reason.ENDED: (
        lazy("Your access was ended"),
        lazy("The secretariat of the Board has ended your access."),
        _OUR_HELP,
    ),
    Reason.OTHER_PERSON: (
        lazy("Somebody else is signed in at your identity provider"),
        lazy("It answered for another person than the one who was signed in here."),
        _AGAIN,
    ),
}
