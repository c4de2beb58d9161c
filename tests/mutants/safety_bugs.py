"""Bugs in what keeps people's data and the services safe."""

from __future__ import annotations

from tests.mutants.bug import Bug

SAFETY_BUGS = (
    Bug(
        "somebody who was forgotten returns with their own mail",
        "syncd/store/forgotten.py",
        "    if (reading.sender and reading.sender.address in gone) or (reading.outside and "
        "not outside):\n",
        "    if reading.outside and not outside and not reading.sender:\n",
        ("tests/unit/engine/test_forget.py", "-k", "do_not_return"),
    ),
    Bug(
        "the bodies of delivered mail stay in the file",
        "syncd/store/homes.py",
        'cursor.execute("PRAGMA secure_delete=ON")',
        'cursor.execute("PRAGMA secure_delete=OFF")',
        ("tests/unit/test_canaries.py", "-k", "state_holds_none"),
    ),
    Bug(
        "a state made anew knows no task of a cadence's first step",
        "syncd/engine/rebuild.py",
        "_STEPS = (*range(25), ANSWER_STEP, BOUNCE_STEP, LATER_STEP)\n",
        "_STEPS = (*range(2, 25), ANSWER_STEP, BOUNCE_STEP, LATER_STEP)\n",
        ("tests/unit/engine/test_rebuild.py", "-k", "second_time or next_step"),
    ),
    Bug(
        "a read-only port passes everything on",
        "syncd/ports/reading.py",
        "    names = frozenset[str]().union(*(READS[protocol] for protocol in protocols))\n",
        "    names = frozenset[str]().union(\n"
        "        *(READS[protocol] | WRITES[protocol] for protocol in protocols)\n"
        "    )\n",
        ("tests/unit/ports/test_reading.py",),
    ),
    Bug(
        "a crawl brings somebody back who was forgotten",
        "syncd/store/crawls.py",
        "    return row | forgotten.cleared_values(tx, said)\n",
        "    return row | said\n",
        ("tests/unit/cli/test_forget.py", "-k", "do_not_return and file"),
    ),
    Bug(
        "our own lines about somebody who was forgotten are taken for a person's notes",
        "syncd/core/dossier.py",
        "        return _bare(line) in ours or _digest(line) in ours\n",
        "        return _bare(line) in ours\n",
        ("tests/unit/cli/test_forget.py", "-k", "not_asked_for and file"),
    ),
    Bug(
        "a state made anew asks again for an introduction that was asked for",
        "syncd/engine/rebuild_introductions.py",
        "        found = [one for one in _possible(ctx, tx) if _left_a_mark(one, sent, seen)]\n",
        "        found: list[_Ask] = []\n",
        ("tests/unit/engine/test_rebuild_introductions.py", "-k", "file and as_it_was"),
    ),
    Bug(
        "an exchange that goes on after it was put away has lost what was told in it",
        "syncd/store/retention.py",
        '_NEEDED = ("failed_recipients", "until", "referred", "urls", "says_also")\n',
        '_NEEDED = ("failed_recipients", "until", "referred", "says_also")\n',
        ("tests/unit/store/test_retention_web.py", "-k", "go_on and file"),
    ),
)
