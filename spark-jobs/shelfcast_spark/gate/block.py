"""Judged rows as a block: one Parquet object, which both engines and the warehouse read."""

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ..contract import CONTRACT
from .lateness import Clocks, clocks_in, clocks_text

_CLOCKS_KEY = CONTRACT.block.clocks_key.encode()
# A block's ids are one dictionary, whatever its size: written out they would be as large, and slower to read.
_DICTIONARY_BYTES = 64 * 1024 * 1024


def encode(tables: Sequence[pa.Table], clocks: Clocks) -> bytes:
    """The rows of one block, and the state of the gate after it."""
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    whole = [field.name for field in table.schema if _is_whole(field.type)]
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        table.schema,
        use_dictionary=texts,
        column_encoding={name: "DELTA_BINARY_PACKED" for name in whole},
        compression="zstd",
        compression_level=1,
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        write_statistics=whole,
        # Readers find plain texts, as they do in the blocks of the other engine.
        store_schema=False,
    ) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))
        writer.add_key_value_metadata({_CLOCKS_KEY: clocks_text(clocks)})
    return sink.getvalue()


def read_clocks(body: bytes) -> Clocks:
    """The state of the gate after a block."""
    metadata = pq.read_metadata(io.BytesIO(body)).metadata or {}
    return clocks_in(metadata.get(_CLOCKS_KEY, b"[]"))


def _is_whole(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_temporal(kind)
