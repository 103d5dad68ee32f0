import pytest

from .json_text import NotJson, read_object


def test_an_object_is_read_with_the_places_of_its_lines() -> None:
    text = ' {"a": 1e2, "lines" : [ {"b":"]"} , 2,[3] ], "é":"\\u00e9\\ud800" } '
    values, spans = read_object(text, "lines")
    assert values == {"a": 100.0, "lines": [{"b": "]"}, 2, [3]], "é": "é\ud800"}
    assert [text[start:end] for start, end in spans] == ['{"b":"]"}', "2", "[3]"]


def test_of_a_key_that_stands_twice_the_last_one_counts() -> None:
    values, spans = read_object('{"lines":[1,2],"lines":[3]}', "lines")
    assert (values, len(spans)) == ({"lines": [3]}, 1)
    values, spans = read_object('{"lines":[1,2],"l\\u0069nes":4}', "lines")
    assert (values, len(spans)) == ({"lines": 4}, 0)


def test_depth_has_no_bound() -> None:
    deep = 100_000
    array, thing = "[" * deep + "]" * deep, '{"z":' * deep + "0" + "}" * deep
    values, spans = read_object(f'{{"lines":[{array},{{"x":{{}}}}],"y":{thing}}}', "lines")
    assert len(values["lines"]) == len(spans) == 2
    assert values["lines"][1] == {"x": {}}
    with pytest.raises(NotJson):
        read_object(f'{{"lines":[{array[:-1]}]}}', "lines")


def test_a_number_beyond_what_a_double_tells_apart_is_the_double() -> None:
    values, _ = read_object('{"a":9007199254740993,"b":' + "9" * 5_000 + ',"c":-0,"d":1E+2}', None)
    assert values == {"a": 2.0**53, "b": float("inf"), "c": 0, "d": 100.0}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "[]",
            "1",
            '"a"',
            "null",
            "{",
            "{}{}",
            '{"a"}',
            '{"a":}',
            '{"a":1,}',
            "{a:1}",
            "{'a':1}",
            "{} x",
        ),
        *(
            '{"a":01}',
            '{"a":1.}',
            '{"a":.5}',
            '{"a":+1}',
            '{"a":NaN}',
            '{"a":-Infinity}',
            '{"a":tru}',
            '{"a":-}',
        ),
        *(
            '{"a":"\t"}',
            '{"a":"\\x"}',
            '{"a":"\\u12"}',
            "\ufeff{}",
            "{}\x00",
            "\xa0{}",
            '{"a":[1,]}',
            '{"a" 1}',
        ),
    ],
)
def test_what_javascript_does_not_take_is_not_taken(text: str) -> None:
    with pytest.raises(NotJson):
        read_object(text, "a")
