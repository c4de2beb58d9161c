"""Bugs in what is known of people: segments, companies, prospects, favours."""

from __future__ import annotations

from tests.mutants.bug import Bug

_SEGMENTS = ("tests/unit/engine/test_segments.py",)
_RELATE = ("tests/unit/core/test_relate.py", *_SEGMENTS)
_IMPORT = ("tests/unit/cli/test_import_prospects.py",)

PEOPLE_BUGS = (
    Bug(
        "whom a person put into a segment is taken for ours",
        "syncd/core/promises/relate.py",
        "    by_hand = unchanged and not doubted\n",
        "    by_hand = False\n",
        _RELATE,
    ),
    Bug(
        "joining a segment again has the key of the first time",
        "syncd/core/promises/relate.py",
        "contact, str(member.version), into)",
        'contact, "0", into)',
        _RELATE,
    ),
    Bug(
        "whom a person took out of a segment is not noticed",
        "syncd/core/promises/relate.py",
        "    if not inside and state is Membership.OURS:\n",
        "    if not inside and state is Membership.OUT:\n",
        _RELATE,
    ),
    Bug(
        "a company whose answer was lost is made again",
        "syncd/engine/handlers/companies.py",
        "            if company is not None and all(\n",
        "            if company is None and all(\n",
        (*_IMPORT, "tests/crash/test_people.py"),
    ),
    Bug(
        "who is not to be contacted is taken in",
        "syncd/core/prospects.py",
        "if contact is not None and contact.do_not_contact:",
        "if contact is None and self._world.silent:",
        _IMPORT,
    ),
    Bug(
        "membership is taken off again by the tag promise",
        "syncd/store/people.py",
        "    joined = {one.campaign for one in brought}\n",
        "    joined: set[str] = set()\n",
        _IMPORT,
    ),
    Bug(
        "a favour that a person removed comes back with its task",
        "syncd/store/favours.py",
        'elif row["removed_at"] is None and',
        "elif",
        ("tests/unit/engine/test_favours.py",),
    ),
    Bug(
        "a formula in a cell is run",
        "syncd/core/csv_out.py",
        """    return f"'{words}" if risky else words\n""",
        "    return words\n",
        ("tests/unit/core/test_csv_out.py",),
    ),
)
