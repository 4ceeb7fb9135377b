"""One of several processes that do things to an adjustment at the same moment; `tests.races.test_deciders` starts it.

Reads rounds as JSON lines: the database, when to start, and what its threads do. Answers each with a line of what came
of it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

from sqlalchemy import text

from store.database import Database
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByAmount
from store.domain.adjustments.transitions import Verb
from store.domain.errors import DomainError
from store.domain.people import Actor, Member, Role
from store.services.adjustments.adjustments import Adjustments
from tests.support.adjusting import DEADLINE
from tests.support.amounts import usd
from tests.support.builders import NOON
from tests.support.people import TEAM


def main() -> None:
    rival, url = None, ""
    for line in sys.stdin:
        told = json.loads(line)
        if rival is None or url != told["url"]:
            if rival is not None:
                rival.database.close()
            rival, url = Rival(Database(told["url"])), told["url"]
        print(json.dumps(rival.round(told)), flush=True)


class Rival:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.service = Adjustments(database, lambda: NOON, Policy.of(tiers=[(20, 1), (100, 2)]))

    def round(self, told: dict[str, Any]) -> list[str]:
        results = [""] * len(told["acts"])

        def work(at: int, act: dict[str, Any]) -> None:
            time.sleep(max(0.0, told["start"] - time.time()))
            try:
                results[at] = self.act(act)
            except DomainError as refusal:
                results[at] = type(refusal).__name__
            except Exception as failure:  # noqa: BLE001 - whatever it is, the test is to see it
                results[at] = f"failed: {failure!r}"

        threads = [threading.Thread(target=work, args=(at, act)) for at, act in enumerate(told["acts"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def act(self, act: dict[str, Any]) -> str:
        roles = frozenset({Role.MANAGER})
        actor = Actor(Member(TEAM, act.get("user", ""), "", "", roles)) if "user" in act else None
        key, request = act.get("key", 0), act.get("request", "")
        if act["do"] == "expire":
            return "expired" if key in self.service.expire_due(DEADLINE) else "not expired"
        if act["do"] == "unguarded":
            return self.decide_unguarded(key)
        assert actor is not None
        if act["do"] == "approve":
            return self.service.decide(actor, Verb.APPROVE, key, request).state
        if act["do"] == "reject":
            return self.service.decide(actor, Verb.REJECT, key, request, "no").state
        if act["do"] == "withdraw":
            return self.service.decide(actor, Verb.WITHDRAW, key, request).state
        ask = ByAmount(usd("1637.50"))
        return self.service.submit(actor, act["order"], ask, "why", request).number

    def decide_unguarded(self, key: int) -> str:
        """What the service would be without its guard: it looks, and then it writes."""
        with self.database.read() as connection:
            state = connection.execute(text(f"SELECT state FROM adjustments WHERE key = {key}")).scalar_one()
        if state != "pending":
            return "AlreadyDecided"
        with self.database.write() as connection:
            connection.execute(text(f"UPDATE adjustments SET state = 'rejected' WHERE key = {key}"))
        return "rejected"


if __name__ == "__main__":
    main()
