"""The long memory of repetition: which messages a chain has accepted, as the warehouse knows it."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from .contract import CONTRACT, Chain
from .warehouse import WarehouseEnvironment, connect

OF_CHAIN = "topic = {topic:String} and epoch = {epoch:Int32} and partition = {partition:Int32}"
LEDGER_END = f"select max(end_offset) from {CONTRACT.warehouse.ledger} where {OF_CHAIN}"
# Which rebuild was the last to empty the tables, and whether it still is at it.
EMPTYINGS = "select max(number), maxIf(number, step = 'emptied') < max(number) from rebuilds"
KNOWN = f"""
select toUInt64(offset), reinterpretAsUInt64(id_hash)
from message_positions
where {OF_CHAIN} and offset < {{before:Int64}}
order by offset desc
limit {{limit:UInt64}}"""
ACCEPTED = f"""
select distinct reinterpretAsUInt64(id_hash)
from message_positions
where {OF_CHAIN} and offset < {{before:Int64}}
    and id_hash in arrayMap(hash -> reinterpretAsInt64(hash), {{hashes:Array(UInt64)}})"""

Answer = TypeVar("Answer")


class NotLoaded(Exception):
    """The warehouse does not hold what it is asked about, so its answer would say nothing."""


class Positions:
    def __init__(self, environment: WarehouseEnvironment) -> None:
        self._client = connect(environment, CONTRACT.warehouse.database)

    def loaded_end(self, chain: Chain) -> int:
        """First offset of the chain that is not in the warehouse. Raises NotLoaded while it is being emptied."""
        self._emptyings()
        return self._ledger_end(chain)

    def newest(self, chain: Chain, before: int, limit: int) -> tuple[np.ndarray, int, bool]:
        """
        Hashes (uint64) of the newest messages that the chain accepted before an offset, at most `limit`; the offset of
        the oldest of them; and whether these are all.
        """

        def ask() -> tuple[np.ndarray, int, bool]:
            answer = self._client.raw_query(
                KNOWN,
                parameters={**_parameters(chain), "before": before, "limit": limit + 1},
                fmt="RowBinary",
            )
            rows = np.frombuffer(answer, np.uint64).reshape(-1, 2)
            is_complete = len(rows) <= limit
            kept = rows[:limit]
            return kept[:, 1].copy(), int(kept[-1, 0]) if len(kept) else before, is_complete

        return self._while_loaded(chain, before, ask)

    def accepted(self, chain: Chain, hashes: np.ndarray, before: int) -> np.ndarray:
        """Those of the hashes (uint64) that the chain accepted before an offset."""

        def ask() -> np.ndarray:
            parameters = {**_parameters(chain), "before": before, "hashes": hashes.tolist()}
            return np.frombuffer(
                self._client.raw_query(ACCEPTED, parameters=parameters, fmt="RowBinary"), np.uint64
            )

        return self._while_loaded(chain, before, ask)

    def _while_loaded(self, chain: Chain, before: int, ask: Callable[[], Answer]) -> Answer:
        emptied = self._emptyings()
        loaded = self._ledger_end(chain)
        if loaded < before:
            raise NotLoaded(
                f"The warehouse holds {chain.prefix} up to offset {loaded}, and the question is about what came before "
                f"{before}. It is asked again when that is loaded."
            )
        answer = ask()
        if self._emptyings() != emptied:
            raise NotLoaded("The warehouse was emptied for a rebuild while it was asked.")
        return answer

    def _ledger_end(self, chain: Chain) -> int:
        return int(self._client.query(LEDGER_END, parameters=_parameters(chain)).result_rows[0][0])

    def _emptyings(self) -> int:
        number, is_under_way = self._client.query(EMPTYINGS).result_rows[0]
        if is_under_way:
            raise NotLoaded("The warehouse is being emptied for a rebuild.")
        return int(number)


def _parameters(chain: Chain) -> dict[str, object]:
    return {"topic": chain.topic, "epoch": chain.epoch, "partition": chain.partition}
