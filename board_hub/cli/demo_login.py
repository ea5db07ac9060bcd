"""The demonstration's identity providers: for France, Germany and the Union, with the people who sign in by them."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from board_hub.domain.calendars import local_date, zone_of
from board_hub.domain.errors import NotFound, Unavailable
from board_hub.http.openid.clients import callback_address
from board_hub.services.access import Role
from board_hub.services.people import providers
from board_hub.services.people.mandates import add_mandate, find_mandate
from board_hub.services.people.providers import ProviderDraft
from board_hub.services.unit_of_work import UnitOfWork

CLIENT_ID = "board-hub"
LEVELS = ("http://eidas.europa.eu/LoA/substantial", "http://eidas.europa.eu/LoA/high")
HOW_TO_GET = "Node.js is missing (apt-get install nodejs npm): nobody can sign in to the demonstration."
_HERE = Path(__file__)
SOURCE = next(
    (folder for folder in (_HERE.parents[1] / "deploy", _HERE.parents[2] / "deploy") if folder.is_dir()),
    _HERE.parents[2] / "deploy",
) / "demo" / "idp"  # fmt: skip
_FILES = ("package.json", "package-lock.json", "server.mjs", "pages.mjs")
_NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as. roles: by the group that gives them, the participant and what it is called there."""

    provider: str
    sub: str
    name: str
    says: str
    groups: tuple[str, ...]

    @property
    def email(self) -> str:
        return f"{self.sub}@{self.provider.lower()}.example"


PROVIDERS = {
    "FR": "Demonstration login of France",
    "DE": "Demonstration login of Germany",
    "EU": "Demonstration login of the EU institutions",
}
REPRESENTATIVE = DemoPerson(
    "FR", "claire.dubois", "Claire Dubois", "Represents France on the Board; handles cases at the CNIL",
    ("hub-representatives", "hub-handlers"),
)  # fmt: skip
PEOPLE = (
    REPRESENTATIVE,
    DemoPerson("FR", "luc.moreau", "Luc Moreau", "Trainee without a role: the hub refuses him, and says why", ()),
    DemoPerson("DE", "jonas.weber", "Jonas Weber", "Handles cases at the Bundesnetzagentur", ("hub-handlers",)),
    DemoPerson(
        "EU", "sofia.lindqvist", "Sofia Lindqvist", "Secretariat of the Board: officer and administrator",
        ("hub-secretariat", "hub-administrators"),
    ),
    DemoPerson("EU", "marek.novak", "Marek Novák", "Auditor: sees what was done, not what it says", ("hub-auditors",)),
)  # fmt: skip
RULES = (
    ("FR", "hub-representatives", "FR-CNIL", Role.REPRESENTATIVE),
    ("FR", "hub-handlers", "FR-CNIL", Role.CASE_HANDLER),
    ("DE", "hub-handlers", "DE-BNETZA", Role.CASE_HANDLER),
    ("EU", "hub-secretariat", "EU-AIO", Role.SECRETARIAT_OFFICER),
    ("EU", "hub-administrators", "EU-AIO", Role.SECRETARIAT_ADMINISTRATOR),
    ("EU", "hub-auditors", "EU-AIO", Role.AUDITOR),
)


def find_node() -> str | None:
    """Node.js, if it and npm are installed."""
    return shutil.which("node") if shutil.which("npm") else None


def install(folder: Path) -> Path:
    """Put the identity provider into the folder, with the packages its lock file names; returns its program."""
    lock = (SOURCE / "package-lock.json").read_text()
    is_there = (folder / "node_modules").is_dir() and (folder / "package-lock.json").exists()
    fresh = not is_there or (folder / "package-lock.json").read_text() != lock
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(SOURCE / name, folder / name)
    if fresh:
        npm = shutil.which("npm") or "npm"
        done = subprocess.run((npm, *_NPM), cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            raise Unavailable(f"The demonstration's login could not be installed: {done.stderr.strip()[-300:]}")
    return folder / "server.mjs"


Ports = Mapping[str, int]


def issuers(ports: Ports, public_url: str, hub_key: Mapping[str, str]) -> str:
    """The identity providers' configuration: JSON, for server.mjs."""
    return json.dumps([_issuer(code, port, public_url, hub_key) for code, port in ports.items()], indent=2)


def issuer_address(port: int) -> str:
    """By another name than the hub's: cookies know no ports, and signing out of the hub clears those of its host."""
    return f"http://localhost:{port}"


def _issuer(code: str, port: int, public_url: str, hub_key: Mapping[str, str]) -> dict[str, object]:
    people = [one for one in PEOPLE if one.provider == code]
    return {
        "code": code,
        "name": PROVIDERS[code],
        "issuer": issuer_address(port),
        "refresh": code == "FR",
        "client": {
            "client_id": CLIENT_ID,
            "jwks": {"keys": [dict(hub_key)]},
            "redirect_uris": [callback_address(public_url, code)],
            "post_logout_redirect_uris": [f"{public_url}/login/signed-out"],
            "backchannel_logout_uri": f"{public_url}/login/{code}/backchannel-logout",
            "backchannel_logout_session_required": True,
        },
        "people": [
            {"sub": one.sub, "name": one.name, "says": one.says, "email": one.email, "groups": list(one.groups)}
            for one in people
        ],
    }


def seed_providers(uow: UnitOfWork, ports: Ports) -> None:
    """Make the hub know the providers, their rules, and the mandate of France's representative."""
    for code, port in ports.items():
        _seed_provider(uow, code, issuer_address(port))
    known = {(one.provider, one.value, one.role) for code in ports for one in providers.list_rules(uow, code)}
    for code, group, participant, role in RULES:
        if (code, group, role) not in known:
            providers.add_rule(uow, code, claim="groups", value=group, participant=participant, role=role)
    today = local_date(uow.now, zone_of("FR"))
    if find_mandate(uow, "FR", REPRESENTATIVE.email, today) is None:
        person = REPRESENTATIVE
        add_mandate(uow, "FR", Role.REPRESENTATIVE, name=person.name, email=person.email, begins_on=today)


def _seed_provider(uow: UnitOfWork, code: str, issuer: str) -> None:
    try:
        known = providers.get_provider(uow, code)
    except NotFound:
        draft = ProviderDraft(name=PROVIDERS[code], issuer=issuer, client_id=CLIENT_ID, acr_values=LEVELS)
        providers.add_provider(uow, code, draft)
        return
    if known.issuer != issuer:
        raise Unavailable(f"The demonstration's login was at {known.issuer}; free that port, or run `make clean`.")


def logins(public_url: str) -> str:
    """Lines for the welcome: who may sign in, and where."""
    names = [f"{PROVIDERS[one.provider].removeprefix('Demonstration login of ')}: {one.name}" for one in PEOPLE]
    width = max(map(len, names))
    lines = [f"    {name:<{width}}  {one.says}" for name, one in zip(names, PEOPLE, strict=True)]
    return "\n".join([f"  Sign in at              {public_url}/login  (no password; pick a person)", *lines])
