"""What one would write without a twin: the columns of a sales history from numpy's distributions, a block at a time.

Each row is drawn for itself: no stock, orders or deliveries, and no day depends on the one before.
"""

import json
import os
import resource
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

STORES = 8
BLOCK_ROWS = 500_000
KINDS = ["price_off", "multibuy", "end_cap", "coupon"]
FIRST_DAY = 16_071


class Chain:
    def __init__(self, rows_a_day: int) -> None:
        self.rng = np.random.default_rng(1)
        products = max(1, rows_a_day // STORES)
        self.store = np.repeat(np.arange(STORES, dtype=np.int32), products)
        self.sku = np.tile(np.arange(products, dtype=np.int32), STORES)
        self.level = self.rng.lognormal(0.3, 1.0, STORES * products)
        self.size = self.rng.uniform(0.4, 12, STORES * products)
        self.price = self.rng.integers(45, 2_500, products)[self.sku]
        self.weekday = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.2, 0.9])
        self.names = [f"SKU-{n}" for n in range(products)]
        self.store_names = [f"STORE-{n}" for n in range(STORES)]

    def block(self, first: int, days: int) -> dict[str, np.ndarray]:
        rows = len(self.store)
        day = np.repeat(np.arange(first, first + days, dtype=np.int32), rows)
        promoted = self.rng.random(days * rows) < 0.06
        season = 1 + 0.2 * np.cos(2 * np.pi * day / 365.25)
        mean = np.tile(self.level, days) * self.weekday[(day + 3) % 7] * season * np.where(promoted, 2.0, 1.0)
        size = np.tile(self.size, days)
        price = np.tile(self.price, days).astype(np.int32)
        units = self.rng.negative_binomial(size, size / (size + mean)).astype(np.int32)
        revenue = units * np.where(promoted, price * 4 // 5, price).astype(np.int64)
        kind = np.where(promoted, self.rng.integers(0, len(KINDS), days * rows), -1).astype(np.int32)
        stock_out = self.rng.random(days * rows) < 0.03
        return {
            "store": np.tile(self.store, days),
            "sku": np.tile(self.sku, days),
            "day": day,
            "units": units,
            "revenue": revenue,
            "price": price,
            "kind": kind,
            "stock_out": stock_out,
        }

    def table(self, block: dict[str, np.ndarray]) -> pa.Table:
        none = block["kind"] < 0
        week = (block["day"] - FIRST_DAY) // 7
        weeks = int(week[-1]) + 1
        ids = [f"P{w}-{name}" for w in range(weeks) for name in self.names]
        return pa.table(
            {
                "store_id": pa.DictionaryArray.from_arrays(block["store"], self.store_names),
                "sku": pa.DictionaryArray.from_arrays(block["sku"], self.names),
                "business_date": pa.array(block["day"], pa.date32()),
                "units": block["units"],
                "revenue": block["revenue"],
                "price": block["price"],
                "promotion_id": pa.DictionaryArray.from_arrays(
                    pa.array(week * len(self.names) + block["sku"], mask=none), ids
                ),
                "promotion_kind": pa.DictionaryArray.from_arrays(pa.array(block["kind"], mask=none), KINDS),
                "stock_out": block["stock_out"],
            }
        )


def generate(chain: Chain, days: int, folder: str | None) -> tuple[int, int]:
    rows = 0
    size = 0
    block_days = max(1, BLOCK_ROWS // len(chain.store))
    for first in range(0, days, block_days):
        block = chain.block(FIRST_DAY + first, min(block_days, days - first))
        rows += len(block["units"])
        if folder is not None:
            path = os.path.join(folder, f"{first}.parquet")
            pq.write_table(chain.table(block), path, compression="zstd")
            size += os.path.getsize(path)
    return rows, size


def main() -> None:
    task = json.loads(sys.argv[1])
    chain = Chain(task["rows_a_day"])
    with tempfile.TemporaryDirectory(prefix="shelfcast-bench-") as folder:
        target = folder if task["parquet"] else None
        generate(chain, task["warm_days"], target)
        began = time.perf_counter()
        rows, size = generate(chain, task["days"], target)
        seconds = time.perf_counter() - began
    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    memory_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
    print(json.dumps({"amount": rows, "bytes": size, "seconds": seconds, "memory_mb": memory_mb}))


main()
