"""The stops of the tour: for every page of the route table, who looks at it and under which addresses.

An address is written with the names of `World.named` in braces. A stop whose address names something is left out on
the empty hub, where there is no such thing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NAME = re.compile(r"{([^}]+)}")
NO_PAGE = frozenset(
    {
        "case.attachment",  # a file
        "callback.come_back",  # leads on
        "frame.choose_language",  # leads back
        "login.start",  # leads to the identity provider
        "secretariat.download_head",  # a file
        "secretariat.refusal_content",  # a file
    }
)
"""What is fetched but shows no page."""
OF_REPRESENTATIVES: dict[str, tuple[str, ...]] = {
    "actions.home": ("/",),
    "calendar.show": ("/calendar-view", "/calendar-view?month=2027-02"),
    "case.show": ("/cases/{case}",),
    "case.notice": ("/cases/{case}/notices/{measure}",),
    "case.share": ("/cases/{case}/share?participant=EU-EDPS",),
    "case.pass_on": ("/cases/{case}/notices/{measure}/share?participant=EU-EDPS",),
    "cases.listing": ("/cases", "/cases?state=open&ends=2099-01-01", "/cases?q=zzz", "/cases?since=x"),
    "compose.new": ("/notices/new", "/notices/new?type=art79-5", "/notices/new?type=informal-message"),
    "compose.revise": ("/notices/revise?about={measure}&kind=correction",),
    "compose.withdraw": ("/notices/withdraw?about={measure}",),
    "directory.show": ("/directory", "/directory?q=nobody-is-called-so"),
    "directory.member": ("/directory/AT", "/directory/EL"),
    "overview.show": ("/overview",),
    "profile.show": ("/profile",),
}
OF_HANDLERS: dict[str, tuple[str, ...]] = {
    "actions.home": ("/",),
    "case.show": ("/cases/{case}",),
    "compose.drafts": ("/drafts",),
    "compose.edit": ("/drafts/{draft}", "/drafts/{submitted draft}"),
    "compose.check": ("/drafts/{draft}/check",),
    "compose.seen": ("/drafts/{draft}/as?participant=FR-CNIL",),
    "compose.files": ("/drafts/{draft}/files",),
    "requests.index": ("/requests", "/requests?show=in", "/requests?show=out"),
    "requests.show": ("/requests/{request}",),
}
OF_COLLEAGUES: dict[str, tuple[str, ...]] = {
    "compose.approvals": ("/approvals",),
    "compose.check": ("/drafts/{submitted draft}/check",),
}
OF_THE_SECRETARIAT: dict[str, tuple[str, ...]] = {
    "secretariat.home": ("/",),
    "secretariat.members": ("/members",),
    "secretariat.member": ("/members/FR",),
    "secretariat.add_mandate": ("/members/FR/mandates/add",),
    "secretariat.end_mandate": ("/mandates/{mandate}/end",),
    "secretariat.renew_mandate": ("/mandates/{mandate}/renew",),
    "secretariat.participants": ("/participants",),
    "secretariat.participant": ("/participants/FR-CNIL", "/participants/EU-HUB"),
    "secretariat.add_participant": ("/participants/add",),
    "secretariat.change_participant": ("/participants/FR-CNIL/change",),
    "secretariat.suspend": ("/participants/FR-CNIL/suspend",),
    "secretariat.restore": ("/participants/FR-CNIL/restore",),
    "secretariat.move": ("/participants/FR-CNIL/transport",),
    "secretariat.resend_all": ("/participants/FR-CNIL/resend",),
    "secretariat.remove": ("/participants/FR-CNIL/remove",),
    "secretariat.add_key": ("/participants/FR-CNIL/keys/add",),
    "secretariat.rotate_key": ("/participants/FR-CNIL/keys/rotate",),
    "secretariat.revoke_key": ("/participants/FR-CNIL/keys/{key}/revoke",),
    "secretariat.proposals": ("/proposals",),
    "secretariat.proposal": ("/proposals/{proposal}",),
    "secretariat.decline_proposal": ("/proposals/{proposal}/decline",),
    "secretariat.officials": ("/officials", "/officials?q=anna"),
    "secretariat.official": ("/officials/{official}",),
    "secretariat.end_access": ("/officials/{official}/end",),
    "secretariat.restore_access": ("/officials/{official}/restore",),
    "secretariat.end_sessions": ("/officials/{official}/sessions/end",),
    "secretariat.end_session": ("/officials/{official}/sessions/{session}/end",),
    "secretariat.messages": ("/messages", "/messages?state=owed"),
    "secretariat.message": ("/messages/{message}",),
    "secretariat.resend": ("/messages/{message}/deliveries/DE-BNETZA/resend",),
    "secretariat.quarantine": ("/quarantine", "/quarantine?decided=undecided"),
    "secretariat.refusal": ("/quarantine/{refusal}",),
    "secretariat.open_refusal": ("/quarantine/{refusal}/open",),
    "secretariat.release": ("/quarantine/{refusal}/release",),
    "secretariat.reject": ("/quarantine/{refusal}/reject",),
    "secretariat.jobs": ("/jobs", "/jobs?job=evidence"),
    "secretariat.run_job": ("/jobs/evidence/run",),
    "secretariat.run": ("/jobs/runs/{run}",),
    "secretariat.evidence": ("/evidence",),
    "secretariat.calendars": ("/calendars",),
    "secretariat.calendar": ("/calendars/FR/2026",),
    "secretariat.change_calendar": ("/calendars/FR/2026/change",),
    "secretariat.providers": ("/providers",),
    "secretariat.provider": ("/providers/FR",),
    "secretariat.add_provider": ("/providers/add",),
    "secretariat.change_provider": ("/providers/FR/change",),
    "secretariat.close_provider": ("/providers/FR/close",),
    "secretariat.reopen_provider": ("/providers/FR/open",),
    "secretariat.add_rule": ("/providers/FR/rules/add",),
    "secretariat.remove_rule": ("/providers/FR/rules/{rule}/remove",),
    "secretariat.try_claims": ("/providers/FR/try",),
    "secretariat.sign_ins": ("/sign-ins",),
    "secretariat.sign_in": ("/sign-ins/{sign-in}",),
}
OF_ANOTHER_ADMINISTRATOR: dict[str, tuple[str, ...]] = {
    "secretariat.confirm_proposal": ("/proposals/{proposal}/confirm",),
}
OF_ANYBODY: dict[str, tuple[str, ...]] = {
    "login.choose": ("/login",),
    "login.signed_out": ("/login/signed-out",),
}
TOUR: dict[str | None, dict[str, tuple[str, ...]]] = {
    "France": OF_REPRESENTATIVES,
    "Germany": OF_HANDLERS,
    "a colleague in Germany": OF_COLLEAGUES,
    "the secretariat": OF_THE_SECRETARIAT,
    "a second administrator": OF_ANOTHER_ADMINISTRATOR,
    None: OF_ANYBODY,
}
"""By who looks; nobody is signed in for None."""


@dataclass(frozen=True)
class Stop:
    """One page under one address, as one person sees it."""

    endpoint: str
    who: str | None
    path: str


def stops(named: dict[str, str], *, all_addresses: bool = True) -> Iterator[Stop]:
    """All stops whose addresses can be filled in with what is named; or each page under its first address alone."""
    for who, pages in TOUR.items():
        for endpoint, paths in pages.items():
            prefix = "/secretariat" if endpoint.startswith("secretariat.") else ""
            possible = [path for path in paths if named.keys() >= {*NAME.findall(path)}]
            for path in possible if all_addresses else possible[:1]:
                yield Stop(endpoint, who, prefix + path.format_map(named))
