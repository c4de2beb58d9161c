"""The record kinds, their default properties and how they may be associated (facts 2.4-2.8)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A record kind. `word` stands in messages; `shown` come back when nothing is asked for.

    `required` must be given on creation; `one_of` wants at least one of its names.
    """

    name: str
    type_id: str
    word: str
    created: str
    modified: str
    shown: tuple[str, ...]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    title: str = ""
    permanent: bool = False  # deleting leaves nothing in the recycle bin


_ACTIVITY = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")


def _activity(name: str, type_id: str, title: str, *, permanent: bool = False) -> Kind:
    return Kind(
        name,
        type_id,
        name.removesuffix("s").upper(),
        "hs_createdate",
        "hs_lastmodifieddate",
        _ACTIVITY,
        required=("hs_timestamp",),
        title=title,
        permanent=permanent,
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        "contacts",
        "0-1",
        "CONTACT",
        "createdate",
        "lastmodifieddate",
        ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        one_of=("email", "firstname", "lastname"),
        title="email",
    ),
    Kind(
        "companies",
        "0-2",
        "COMPANY",
        "createdate",
        "hs_lastmodifieddate",
        ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
        one_of=("name", "domain"),
        title="name",
    ),
    Kind(
        "deals",
        "0-3",
        "DEAL",
        "createdate",
        "hs_lastmodifieddate",
        ("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate",
         "hs_object_id", "pipeline"),
        required=("dealname",),
        title="dealname",
    ),
    _activity("tasks", "0-27", "hs_task_subject"),
    _activity("notes", "0-46", "hs_note_body"),
    _activity("emails", "0-49", "hs_email_subject", permanent=True),
)  # fmt: skip

BY_NAME = {kind.name: kind for kind in KINDS}
_ALIASES = {
    alias: kind
    for kind in KINDS
    for alias in (kind.name, kind.type_id, kind.word.lower(), kind.name.replace("ies", "y"))
}


def kind_of(text: str) -> Kind | None:
    """The kind by plural, singular or numeric type id, which is always accepted (facts 2.0)."""
    return _ALIASES.get(text.lower())


@dataclass(frozen=True, slots=True)
class LinkType:
    """A directed association type (facts 2.5)."""

    id: int
    source: str
    target: str
    reverse: int
    label: str | None = None


def _both(
    forth: int, source: str, target: str, back: int, label: str | None = None
) -> tuple[LinkType, LinkType]:
    return (
        LinkType(forth, source, target, back, label),
        LinkType(back, target, source, forth, label),
    )


_LINK_TYPES: tuple[LinkType, ...] = (
    *_both(198, "emails", "contacts", 197),
    *_both(186, "emails", "companies", 185),
    *_both(210, "emails", "deals", 209),
    *_both(204, "tasks", "contacts", 203),
    *_both(192, "tasks", "companies", 191),
    *_both(216, "tasks", "deals", 215),
    *_both(202, "notes", "contacts", 201),
    *_both(190, "notes", "companies", 189),
    *_both(214, "notes", "deals", 213),
    *_both(279, "contacts", "companies", 280),
    *_both(1, "contacts", "companies", 2, "Primary"),
    *_both(4, "contacts", "deals", 3),
    *_both(342, "companies", "deals", 341),
    *_both(6, "companies", "deals", 5, "Primary"),
)
LINKS_BY_ID = {link.id: link for link in _LINK_TYPES}


def link_types(source: str, target: str) -> list[LinkType]:
    """The types between two kinds in this direction; the first is the unlabelled default."""
    return [link for link in _LINK_TYPES if (link.source, link.target) == (source, target)]
