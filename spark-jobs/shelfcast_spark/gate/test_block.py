import io

import pyarrow.parquet as pq

from ..contract import block_schema
from ..tests.gate import CHAIN, basket, batch, gate_of, line
from .block import encode, read_clocks


def test_a_block_holds_the_rows_of_all_its_batches_and_the_clocks() -> None:
    gate = gate_of()
    tables = [
        gate.judge(batch([basket("B1"), b"{"])).rows,
        gate.judge(
            batch([basket("B2", lines=[line(sku="Z9"), line(sku="A9")], kind="return")], first=2)
        ).rows,
    ]
    body = encode(tables, gate.clocks)
    table = pq.read_table(io.BytesIO(body))
    assert table.schema.equals(block_schema(CHAIN.topic))
    assert pq.ParquetFile(io.BytesIO(body)).num_row_groups == 1
    assert table.column("offset").to_pylist() == [0, 1, 2, 2]
    assert table.column("sku").to_pylist() == ["A1", None, "Z9", "A9"]
    assert table.column("net_amount").to_pylist() == [300, None, None, -300]
    assert table.column("payload").to_pylist()[:2] == [None, b"{"]
    assert read_clocks(body) == gate.clocks != {}


def test_a_block_without_rows_is_one_too() -> None:
    table = pq.read_table(io.BytesIO(encode([gate_of().judge(batch([])).rows], {})))
    assert table.num_rows == 0
    assert table.schema.equals(block_schema(CHAIN.topic))
