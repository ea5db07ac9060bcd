"""Jobs of the scheduler: what each does, when it ran last and runs next, its runs; asking for one now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, cast
from uuid import UUID

from flask import Flask, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import NotFound
from board_hub.services.operation.job_requests import ask_for_run
from board_hub.services.operation.job_runs import get_run, list_last_runs, list_runs
from board_hub.store.work_tables import JobRun
from board_hub.web.languages import gettext as _
from board_hub.web.languages import lazy
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.questions import Question, ask

_KEY = "secretariat_jobs"
MOST_RUNS = 50
OUTCOMES: dict[str, Any] = {
    "running": lazy("Running"),
    "done": lazy("Done"),
    "idle": lazy("Nothing to do"),
    "failed": lazy("Failed"),
    "interrupted": lazy("Interrupted"),
}
COUNTED: dict[str, Any] = {
    "leaves": lazy("Entries of the log"),
    "messages": lazy("Messages"),
    "refused": lazy("Refused messages"),
    "heads": lazy("Signed tree heads"),
    "mails": lazy("Mails"),
    "batches": lazy("Batches"),
    "ticks": lazy("How often it looked"),
    "times": lazy("How often the same happened"),
}
"""What runs count, by the name that is stored with the number."""
SHAPES = {"running": "running", "done": "handled", "idle": "open", "failed": "lost", "interrupted": "attention"}


class Listed(Protocol):
    """What the page knows of a job."""

    @property
    def name(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def every(self) -> timedelta: ...


def attach(app: Flask, jobs: Sequence[Listed]) -> None:
    """Tell the pages which jobs the scheduler has."""
    app.extensions[_KEY] = tuple(jobs)


@secretariat.context_processor
def _words() -> dict[str, Any]:
    return {"outcomes": OUTCOMES, "outcome_shapes": SHAPES, "counted": COUNTED}


@secretariat.get("/jobs")
def jobs() -> str:
    """Every job with its last run."""
    chosen = request.args.get("job", "")
    with reading() as uow:
        last = list_last_runs(uow)
        runs = list_runs(uow, job=chosen or None, limit=MOST_RUNS)
    lines = [(one, last.get(one.name), _next(one, last.get(one.name))) for one in _jobs()]
    return render_template("secretariat/jobs.html", lines=lines, runs=runs, chosen=chosen, most=MOST_RUNS)


@secretariat.get("/jobs/runs/<uuid:run_id>")
def run(run_id: UUID) -> str:
    """One run with its progress."""
    with reading() as uow:
        found = get_run(uow, run_id)
    says = next((one.says for one in _jobs() if one.name == found.job), "")
    return render_template("secretariat/run.html", run=found, says=says)


@secretariat.route("/jobs/<name>/run", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def run_job(name: str) -> ResponseReturnValue:
    """Ask the scheduler to run a job now."""
    found = next((one for one in _jobs() if one.name == name), None)
    if found is None:
        raise NotFound("There is no such job.")

    def act() -> ResponseReturnValue:
        with writing() as uow:
            ask_for_run(uow, name)
            uow.commit()
        return done(_("Asked for: the scheduler runs it within seconds."), "secretariat.jobs", job=name)

    what = [found.says, _("To run it now is safe: what is due takes effect once, however often it runs.")]
    return ask(
        Question(
            title=_("Run the job %(name)s now", name=name),
            what=what,
            yes=_("Run it now"),
            cancel=url_for("secretariat.jobs"),
            crumbs=[(url_for("secretariat.jobs"), _("Jobs")), (None, name)],
            current="secretariat.jobs",
            asks_why=False,
        ),
        act,
    )


def _jobs() -> tuple[Listed, ...]:
    return cast(tuple[Listed, ...], current_app.extensions.get(_KEY, ()))


def _next(job: Listed, last: JobRun | None) -> datetime | None:
    """When its interval is over; not known before its first run."""
    return last.started_at + job.every if last else None
