"""What we intend to do. Each action carries the key that makes it safe to try twice.

An action holds what was decided, in syncd's own terms; the engine turns people and places
into the services' ids when it delivers. Values are JSON-friendly, because an action waits
in the ledger until it is delivered.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.actions.board import (
    AddDossier,
    AddPlanItem,
    ChangePlanItem,
    ChangeTask,
    ClearAlarm,
    CloseTask,
    CommentTask,
    EndPlanItem,
    OpenTask,
    RaiseAlarm,
    ReopenPlanItem,
    ReopenTask,
    WriteDossier,
)
from syncd.core.actions.crm import (
    AddContact,
    ChangeContact,
    ChangeSegment,
    CloseCrmTask,
    DeleteEmail,
    Enrol,
    JoinCompany,
    LogEmail,
    MoveCrmTask,
    OpenCrmTask,
    ReopenCrmTask,
)
from syncd.core.actions.elsewhere import (
    CheckLink,
    DeleteDraft,
    EraseRecord,
    EraseTask,
    LabelThread,
    Provide,
    WriteDraft,
)

__all__ = [
    "KINDS",
    "Action",
    "AddContact",
    "AddDossier",
    "AddPlanItem",
    "ChangeContact",
    "ChangePlanItem",
    "ChangeSegment",
    "ChangeTask",
    "CheckLink",
    "ClearAlarm",
    "CloseCrmTask",
    "CloseTask",
    "CommentTask",
    "DeleteDraft",
    "DeleteEmail",
    "EndPlanItem",
    "Enrol",
    "EraseRecord",
    "EraseTask",
    "JoinCompany",
    "LabelThread",
    "LogEmail",
    "MoveCrmTask",
    "OpenCrmTask",
    "OpenTask",
    "Planned",
    "Provide",
    "RaiseAlarm",
    "ReopenCrmTask",
    "ReopenPlanItem",
    "ReopenTask",
    "WriteDossier",
    "WriteDraft",
]

Action = (
    Provide
    | AddContact
    | JoinCompany
    | Enrol
    | ChangeSegment
    | LogEmail
    | DeleteEmail
    | EraseRecord
    | EraseTask
    | ChangeContact
    | OpenTask
    | ChangeTask
    | CommentTask
    | CloseTask
    | ReopenTask
    | OpenCrmTask
    | MoveCrmTask
    | CloseCrmTask
    | ReopenCrmTask
    | LabelThread
    | WriteDraft
    | DeleteDraft
    | CheckLink
    | AddPlanItem
    | ChangePlanItem
    | EndPlanItem
    | ReopenPlanItem
    | AddDossier
    | WriteDossier
    | RaiseAlarm
    | ClearAlarm
)

# Delivered in this order within a turn: what stands must stand before what leans on it.
KINDS: tuple[type[Action], ...] = (
    Provide,
    AddContact,
    JoinCompany,
    Enrol,
    LogEmail,
    DeleteEmail,
    EraseRecord,
    EraseTask,
    CheckLink,
    ChangeContact,
    ChangeSegment,
    OpenTask,
    ChangeTask,
    CommentTask,
    CloseTask,
    ReopenTask,
    OpenCrmTask,
    MoveCrmTask,
    CloseCrmTask,
    ReopenCrmTask,
    LabelThread,
    WriteDraft,
    DeleteDraft,
    AddPlanItem,
    ChangePlanItem,
    EndPlanItem,
    ReopenPlanItem,
    AddDossier,
    WriteDossier,
    RaiseAlarm,
    ClearAlarm,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """An action with the promise and object it is for, and one line for a person.

    `rule` is what ops wrote that asks for it, in words; `cause` the message it comes from.
    What takes back an effect has that effect's key for its cause. `backlog`: it comes from
    mail that was there before us, and waits behind what comes in.
    """

    action: Action
    promise: str
    object: str
    summary: str
    rule: str = ""
    cause: str = ""
    backlog: bool = False
