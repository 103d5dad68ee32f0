"""What a batch decides. Cell by cell the gate is held to that of services/ingest by spark-jobs/gate.test.ts."""

import time

import numpy as np
import pytest

from ..tests.gate import basket, batch, gate_of, line, ndjson, outcomes, product, store, world_of
from .messages import javascript_number


def test_of_two_messages_alike_the_first_one_counts_in_one_batch_and_over_batches() -> None:
    gate = gate_of()
    judged = gate.judge(batch([basket("B1"), basket("B1"), basket("B2")]))
    assert outcomes(judged.rows) == ["accepted", "repeated", "accepted"]
    assert outcomes(gate.judge(batch([basket("B2"), basket("B3")], first=3)).rows) == ["repeated", "accepted"]


def test_a_message_of_which_nothing_was_accepted_may_come_again_corrected() -> None:
    wrong = basket(lines=[line(unit_price=0)])
    judged = gate_of().judge(batch([wrong, wrong, basket(), basket()]))
    assert outcomes(judged.rows) == ["price_zero", "price_zero", "accepted", "repeated"]


def test_what_a_look_up_has_found_is_repeated() -> None:
    gate = gate_of()
    messages = batch([basket("B1"), b"{", basket("B2")])
    hashes = gate.id_hashes(messages)
    assert len(hashes) == 2
    assert outcomes(gate.judge(messages, older=hashes[:1]).rows) == ["repeated", "not_json", "accepted"]


@pytest.mark.parametrize(
    ("message", "kind", "row"),
    [
        (basket(store_id="S2"), "stores", store("S2")),
        (basket(lines=[line(sku="A2")]), "products", product("A2")),
        (basket(lines=[line(sku="A9", unit_price=9_000)]), "products", product("A9", price=9_000)),
    ],
)
def test_what_is_not_known_is_asked_for_once_and_judged_by_what_was_read(message, kind, row) -> None:  # noqa: ANN001
    questions = []

    def refresh(not_before: float) -> None:
        questions.append(not_before)
        world.take(kind, "test", ndjson(row))

    world = world_of(refresh)
    gate = gate_of(world)
    before = time.monotonic()
    assert outcomes(gate.judge(batch([basket("B9"), message, message])).rows) == [
        *("accepted", "accepted", "repeated"),
    ]
    assert len(questions) == 1
    assert before <= questions[0] <= time.monotonic()
    # What is known, refused as it stands, or was counted before gives no reason to ask.
    gate.judge(batch([basket("B8"), b"{", message]))
    assert len(questions) == 1


def test_headers_say_when_and_what_and_a_header_without_a_value_says_nothing() -> None:
    headers = [
        [("produced_at", b"1767607200000"), ("schema", b"sales-transactions/1")],
        [("produced_at", None), ("produced_at", b"7"), ("schema", None)],
        [("produced_at", b"soon"), ("produced_at", b"7")],
        None,
        [("schema", b"sales-transactions/9"), ("schema", b"sales-transactions/1")],
        [("replay_of", b"sales-transactions/3/017/2"), ("traceparent", b"00")],
    ]
    messages = batch([basket(f"B{at}") for at in range(len(headers))], headers)
    for whole, rows in (
        (True, gate_of().judge(messages).rows),
        (False, gate_of().judge(messages.slice(1)).rows),
    ):
        times = rows.column("produced_at").cast("int64").to_pylist()
        assert times == [1767607200000, 7, 5000, 5000, 5000, 5000][not whole :]
        expected = ["accepted"] * 4 + ["unsupported_schema", "accepted"]
        assert outcomes(rows) == expected[not whole :]
        assert rows.column("replay_of").to_pylist()[-1] == "sales-transactions/3/17/2"
        assert rows.column("offset").to_pylist()[-1] == 5


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 0), (" 12\n", 12), ("1.5e3", 1500), ("0x10", 16), ("+7", 7), (".5", 0.5), ("5.", 5)],
)
def test_a_number_is_what_javascript_takes_for_one(text: str, number: float) -> None:
    assert javascript_number(text) == number


@pytest.mark.parametrize("text", ["1_000", "nan", "infinity", "-0x10", "1 2", "0x", "٣", "1e", "e5"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert np.isnan(javascript_number(text))


def test_the_tally_says_what_the_rows_are() -> None:
    gate = gate_of()
    tally = gate.judge(batch([basket("B1", lines=[line(), line(quantity=0)]), b"[]"])).tally
    tally += gate.judge(batch([basket("B1", lines=[line(), line(), line()])], first=2)).tally
    assert (tally.messages, tally.rows_accepted, tally.rows_refused) == (3, 1, 3)
    assert tally.outcomes == {"accepted": 1, "quantity_not_positive": 1, "not_json": 1, "repeated": 3}
    assert (tally.produced_min, tally.produced_max) == (5000, 5000)


def test_late_is_what_comes_behind_its_store() -> None:
    gate = gate_of()
    times = ["10:10:00", "10:10:00", "10:08:30"]
    messages = [
        basket(f"B{at}", till_id=at, event_time=f"2026-01-05T{each}.000Z") for at, each in enumerate(times)
    ]
    judged = gate.judge(batch(messages))
    assert judged.rows.column("lateness_s").to_pylist() == [0, 0, 90]
    assert judged.tally.late == 1
    newest = 1767607800000
    assert gate.clocks == {"S1": {"newest": newest, "till": 0, "others": newest}}


def test_nothing_at_all_is_judged_too() -> None:
    judged = gate_of().judge(batch([]))
    assert judged.rows.num_rows == 0
    assert judged.tally.messages == 0


def test_a_line_keeps_its_own_bytes_whatever_stands_beside_it() -> None:
    good, odd = '{"sku":"A1"}', '{ "sku" : "}{", "note": "é]},{" }'
    lines = f"[{good},\n {odd}\t]"
    message = basket(lines=["HERE"])
    text = str(batch([message]).column("value")[0].as_py(), "utf-8").replace('["HERE"]', lines)
    rows = gate_of().judge(batch([text.encode()])).rows
    assert outcomes(rows) == ["line_schema", "line_schema"]
    assert rows.column("payload").to_pylist() == [good.encode(), odd.encode()]
    assert rows.column("sku").to_pylist() == ["A1", "}{"]
