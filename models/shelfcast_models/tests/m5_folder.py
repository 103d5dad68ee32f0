"""A folder in the layout of the M5 competition, made up: another store and department, and few days."""

import gzip
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np

START = date(2013, 3, 2)
LAST = 400
ITEMS = 14
# What an item is, by its number; the others sell from the first days on.
LATE, NEWEST, STOPPED, NEVER, UNPRICED, CONSTANT = 1, 2, 3, 4, 5, 6


def units_of(seed: int = 1, days: int = LAST + 28) -> np.ndarray:
    draw = np.random.default_rng(seed)
    week = np.array([0.7, 0.7, 0.8, 1.0, 1.3, 1.7, 1.2])[np.arange(days) % 7]
    rate = draw.lognormal(0.8, 0.8, size=(ITEMS, 1)) * week
    units = draw.poisson(rate)
    units[LATE, :300] = 0
    units[NEWEST, : LAST - 5] = 0
    units[NEWEST, LAST - 5] = 3
    units[STOPPED, 200:] = 0
    units[NEVER] = 0
    units[CONSTANT] = 1
    return units


def price_of(item: int, week: int) -> float:
    # Whole numbers at first, so that a reader that guesses types has a chance to be wrong.
    return 2 + item % 3 if week < 40 else 2.25 + item % 3


def write(
    folder: Path,
    units: np.ndarray | None = None,
    *,
    gzipped: bool = False,
    prices: bool = True,
    last: int = LAST,
) -> Path:
    units = units_of() if units is None else units
    days = units.shape[1]
    ids = [f"HOBBIES_1_{item:03d}_CA_2_validation" for item in range(len(units))]

    def sales(begin: int, end: int) -> str:
        head = ",".join(["id", *(f"d_{day}" for day in range(begin, end + 1))])
        rows = [",".join([name, *map(str, units[k, begin - 1 : end])]) for k, name in enumerate(ids)]
        return "\n".join([head, *rows]) + "\n"

    calendar = [
        "date,wm_yr_wk,weekday,wday,month,year,event_name_1,event_type_1,event_name_2,event_type_2,snap_CA"
    ]
    for k in range(days):
        day = START + timedelta(days=k)
        event = "Fair,Cultural" if k % 180 == 100 else "NA,NA"
        calendar.append(
            f"{day},{11300 + k // 7},{day:%A},{k % 7 + 1},{day.month},{day.year},{event},NA,NA,{int(day.day < 11)}"
        )
    shelf = ["store_id,item_id,wm_yr_wk,sell_price"]
    if prices:
        shelf += [
            f"CA_2,HOBBIES_1_{item:03d},{11300 + week},{price_of(item, week):g}"
            for item in range(len(units))
            if item != UNPRICED
            for week in range(-(-days // 7))
        ]
    files: Mapping[str, str] = {
        f"sales_train_d1-{last}.csv": sales(1, last),
        f"sales_validation_d{last + 1}-{days}.csv": sales(last + 1, days),
        "calendar.csv": "\n".join(calendar) + "\n",
        "sell_prices.csv": "\n".join(shelf) + "\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if gzipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / name).write_text(text)
    return folder
