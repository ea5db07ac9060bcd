"""The evidence log: how long it is, its signed heads, its last verification; a head or a message's proof as a file."""

from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from board_hub.services.operation.evidence import get_head, list_heads, prove_message, sign_head
from board_hub.services.operation.job_requests import ask_for_run
from board_hub.services.operation.job_runs import find_last_run
from board_hub.services.operation.overview import get_log
from board_hub.services.operation.verification import JOB
from board_hub.web.downloads import json_file
from board_hub.web.languages import gettext as _
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat

HEADS = 30


@secretariat.get("/evidence")
def evidence() -> str:
    """The log, its heads, and whether it holds."""
    with reading() as uow:
        size, root = get_log(uow)
        heads, last = list_heads(uow, HEADS), find_last_run(uow, JOB)
    return render_template("secretariat/evidence.html", size=size, root=root, heads=heads, last=last)


@secretariat.post("/evidence/verify")
@needs(*ADMINISTRATORS)
def verify_evidence() -> ResponseReturnValue:
    """Have the whole log verified now."""
    with writing() as uow:
        ask_for_run(uow, JOB)
        uow.commit()
    return done(_("The verification begins within seconds; this page shows how far it is."), "secretariat.evidence")


@secretariat.post("/evidence/head")
@needs(*ADMINISTRATORS)
def sign_evidence() -> ResponseReturnValue:
    """Sign the head as it is now."""
    with writing() as uow:
        head = sign_head(uow)
        uow.commit()
    return done(_("The head over %(size)s entries is signed.", size=head.size), "secretariat.evidence")


@secretariat.get("/evidence/head.json")
def download_head() -> Response:
    """The newest signed head as a file."""
    with reading() as uow:
        head = get_head(uow)
    content = {"size": head.size, "root": head.root, "body": head.body, "signature": head.signature}
    return json_file(content, f"evidence-head-{head.size}.json")


@secretariat.post("/messages/<uuid:message_id>/proof")
def download_proof(message_id: UUID) -> Response:
    """The proof that a message is in the log, as a file; it signs a head where the log has grown."""
    with writing() as uow:
        proof = prove_message(uow, message_id)
        uow.commit()
    return json_file(proof.as_dict(), f"evidence-proof-{message_id}.json")
