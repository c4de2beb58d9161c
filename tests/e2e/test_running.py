"""The daemon while it runs: what arrives, who else comes, and how it is ended."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.e2e.conftest import Course
from tests.e2e.processes import Home, Services, wait_for

QUICK = {"SYNCD_RUN__POLL": "1 second", "SYNCD_RUN__BOARD_POLL": "1 second"}


@contextmanager
def daemon(home: Home, **env: str) -> Iterator[subprocess.Popen[str]]:
    """`syncd run`; whatever becomes of the test, it does not outlive it."""
    process = home.start("run", **env)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ends(process: subprocess.Popen[str], *, within: float) -> str:
    """Ask it to end. What it wrote; it must end in time, and well."""
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=within)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return err


def unanswered(services: Services, home: Home) -> tuple[str, str, int]:
    """Somebody who owes us an answer: their address, our last Message-ID to them, the task."""
    for task in services.tasks():
        if task["name"].startswith("Follow up with") and task["status"] == "new":
            [talk] = home.here("explain", str(task["id"]), "--json").json["conversations"]
            if talk["status"] == "waiting" and talk["story"]["step"] == 0:
                return talk["person"], talk["story"]["last"].removeprefix("mid:"), task["id"]
    raise AssertionError("nobody owes us an answer")


def test_an_answer_is_logged_and_closes_its_task_while_the_daemon_runs(
    services: Services, settled: Home
):
    person, ours, task = unanswered(services, settled)
    mailbox = settled.here("explain", ours, "--json").json["messages"][0]["copies"][0]["mailbox"]
    why = settled.here("explain", person).out
    assert f"unanswered: mid:{ours}" in why
    assert f"task {task} for step 1: open" in why
    assert "2 business days later" in why or "3 business days later" in why
    with daemon(settled, **QUICK) as process:
        services.deliver(
            mailbox,
            f"From: Somebody <{person}>\r\nTo: {mailbox}\r\nSubject: Re: yes\r\n"
            f"Date: {format_datetime(datetime.now(UTC))}\r\nMessage-ID: <yes@answer.example>\r\n"
            f"In-Reply-To: <{ours}>\r\nReferences: <{ours}>\r\n\r\nHappy to.\r\n",
        )

        def closed() -> bool:
            return any(one["id"] == task and one["completedAt"] for one in services.tasks())

        wait_for(closed, "the task is closed")
        ends(process, within=10)
    assert ("yes@answer.example", "INCOMING_EMAIL", [person]) in services.logged()
    assert [line for line in services.comments(task) if line.startswith(f"Answered by {person}")]


def test_a_second_daemon_on_the_same_state_is_told_who_holds_it(settled: Home):
    with daemon(settled) as process:
        lock = settled.state.with_name("syncd.db.lock")
        wait_for(lambda: lock.exists() and str(process.pid) in lock.read_text(), "it holds")
        second = settled.syncd("run")
        assert second.code == 1
        assert f"in use by syncd run, process {process.pid} on " in second.err
        assert "stop it first" in second.err
        # To look is free, whoever works.
        assert settled.here("status").code == 0
        process.kill()
        process.communicate()
    # The kernel let go of it with the process, though that could clean up nothing.
    assert settled.here("once").code == 0


def test_ended_at_work_it_leaves_nothing_half_done(course: Course, services: Services, home: Home):
    services.fault({"kind": "slow", "seconds": 0.4, "skip": len(course.calls) // 2})
    with daemon(home) as process:
        wait_for(services.faulted, "it is at work")
        ends(process, within=10)
    services.fault()
    effects = home.here("status", "--json").json["effects"]
    assert not [name for name in effects if name.endswith((".sending", ".parked"))]
    assert services.end() != course.end, "it had finished before it was asked to end"
    home.until_quiet()
    assert services.logged() == course.logged
    assert services.end() == course.end


def test_ended_while_an_answer_never_comes_it_ends_in_time_and_finds_out_later(
    course: Course, services: Services, home: Home
):
    emails = "/crm/objects/*/emails/batch/create"
    services.fault({"kind": "lose_answer", "service": "hubspot", "path": emails, "times": 1})
    with daemon(home) as process:
        wait_for(lambda: services.objects("emails"), "the first emails are logged")
        ends(process, within=10)
    effects = home.here("status", "--json").json["effects"]
    assert effects["log_email.sending"] > 0
    home.until_quiet()
    assert services.logged() == course.logged
    assert services.end() == course.end
