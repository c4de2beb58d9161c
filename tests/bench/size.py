"""How large a state is, on either database, and how long copying it takes; before and after
pruning. `make bench-size`.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text

from syncd.store import fitness
from syncd.store.database import Store
from syncd.store.moving import copy_rows
from syncd.store.retention import prune
from tests.bench import letters
from tests.bench.services import Bench
from tests.support.postgres import Postgres

MESSAGES, MAILBOXES, PEOPLE = 100_000, 20, 4_000


def main() -> None:
    found: dict[str, Any] = {"messages": MESSAGES, "people": PEOPLE}
    postgres = Postgres(("max_connections=50", "jit=off"))
    with TemporaryDirectory() as folder:
        file = read(Path(folder))
        source, target = Store(file), Store(postgres.fresh())
        began = time.perf_counter()
        rows = copy_rows(source, target)
        found["copy"] = {
            "rows": sum(rows.values()),
            "rows_a_second": round(sum(rows.values()) / (time.perf_counter() - began)),
        }
        found["sqlite_mb"] = megabytes(fitness.room(file).used)
        found["postgresql_mb"] = megabytes(fitness.room(target.where).used)
        began = time.perf_counter()
        keep = {"facts": timedelta(days=365), "journal": timedelta(days=365)}
        # In some years, when all of it is older than is kept.
        done = prune(target, keep, datetime.now(UTC) + timedelta(days=900))
        found["prune"] = {**done, "seconds": round(time.perf_counter() - began, 1)}
        with postgres.admin.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM FULL"))
        found["postgresql_mb_after_pruning"] = megabytes(fitness.room(target.where).used)
        source.close()
        target.close()
    postgres.close()
    Path("build").mkdir(exist_ok=True)
    Path("build/bench-size.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found))  # noqa: T201 - that is what it is for


def read(folder: Path) -> Path:
    """The state of a first reading, as it is when it has ended."""
    with Bench(folder, letters.mailboxes(MAILBOXES)) as bench:
        bench.syncd("setup", "--yes")
        bench.fill(MESSAGES, PEOPLE)
        bench.syncd("once")
    return folder / "syncd.db"


def megabytes(size: int) -> int:
    return round(size / 1e6)


if __name__ == "__main__":
    main()
