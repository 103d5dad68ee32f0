package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// A value of each type as SQL, and as JSON of what the driver makes of it; with a setting where the driver needs one.
var values = []struct{ sql, json, setting string }{
	{sql: "-1::Int8", json: "-1"},
	{sql: "-2::Int16", json: "-2"},
	{sql: "-3::Int32", json: "-3"},
	{sql: "-4::Int64", json: "-4"},
	{sql: "-5::Int128", json: "-5"},
	{sql: "-6::Int256", json: "-6"},
	{sql: "1::UInt8", json: "1"},
	{sql: "2::UInt16", json: "2"},
	{sql: "3::UInt32", json: "3"},
	{sql: "4::UInt64", json: "4"},
	{sql: "5::UInt128", json: "5"},
	{sql: "6::UInt256", json: "6"},
	{sql: "1.5::Float32", json: "1.5"},
	{sql: "2.5::Float64", json: "2.5"},
	{sql: "1.5::BFloat16", json: "1.5"},
	{sql: "true", json: "true"},
	{sql: "'text'", json: `"text"`},
	{sql: "leftPad('', 200, '-')", json: `"` + dashes + `"`},
	{sql: "'abc'::FixedString(3)", json: `"abc"`},
	{sql: "'2026-01-02'::Date", json: `"2026-01-02T00:00:00Z"`},
	{sql: "'1950-01-02'::Date32", json: `"1950-01-02T00:00:00Z"`},
	{sql: "'2026-01-02 03:04:05'::DateTime", json: `"2026-01-02T03:04:05Z"`},
	{sql: "'2026-01-02 03:04:05'::Nullable(DateTime('Europe/Berlin'))", json: `"2026-01-02T03:04:05+01:00"`},
	{sql: "'2026-01-02 03:04:05.678'::DateTime64(3)", json: `"2026-01-02T03:04:05.678Z"`},
	{sql: "'01:02:03'::Time", json: "3723000000000"},
	{sql: "'01:02:03.5'::Time64(1)", json: "3723500000000"},
	{sql: "1.25::Decimal(9, 2)", json: `"1.25"`},
	{sql: "1.25::Decimal(18, 2)", json: `"1.25"`},
	{sql: "1.25::Decimal(38, 2)", json: `"1.25"`},
	{sql: "1.25::Decimal(76, 2)", json: `"1.25"`},
	{sql: "'61f0c404-5cb3-11e7-907b-a6006ad3dba0'::UUID", json: `"61f0c404-5cb3-11e7-907b-a6006ad3dba0"`},
	{sql: "'127.0.0.1'::IPv4", json: `"127.0.0.1"`},
	{sql: "'::1'::IPv6", json: `"::1"`},
	{sql: "'b'::Enum8('a' = 1, 'b' = 2)", json: `"b"`},
	{sql: "'it''s, (b)'::Enum16('a' = 1, 'it''s, (b)' = 300)", json: `"it's, (b)"`},
	{sql: "null", json: "null"},
	{sql: "null::Nullable(UInt8)", json: "null"},
	{sql: "7::Nullable(UInt8)", json: "7"},
	{sql: "null::Nullable(String)", json: "null"},
	{sql: "[]", json: "[]"},
	{sql: "[1, 2]::Array(UInt16)", json: "[1,2]"},
	{sql: "[['a'], [], ['b', 'c']]", json: `[["a"],[],["b","c"]]`},
	{sql: "[1, null]::Array(Nullable(UInt8))", json: "[1,null]"},
	{sql: "map('a', 1, 'b', 2)", json: `{"a":1,"b":2}`},
	{sql: "map()::Map(String, UInt8)", json: "{}"},
	{sql: "map('a', ['x', 'y'])", json: `{"a":["x","y"]}`},
	{sql: "(1, 'a')", json: `[1,"a"]`},
	{sql: "(1, 'a')::Tuple(a UInt8, b String)", json: `{"a":1,"b":"a"}`},
	{sql: "[(1, 'a'), (2, 'b')]::Nested(a UInt8, b String)", json: `[{"a":1,"b":"a"},{"a":2,"b":"b"}]`},
	{sql: "'a'::LowCardinality(String)", json: `"a"`},
	{sql: "null::LowCardinality(Nullable(String))", json: "null"},
	{sql: "'b'::LowCardinality(Nullable(String))", json: `"b"`},
	{sql: "['a', 'b', 'a']::Array(LowCardinality(String))", json: `["a","b","a"]`},
	{sql: "[]::Array(LowCardinality(String))", json: "[]"},
	{sql: "map('a', 1)::Map(LowCardinality(String), UInt8)", json: `{"a":1}`},
	{sql: "(1, 2)::Point", json: "[1,2]"},
	{sql: "[(1, 2)]::Ring", json: "[[1,2]]"},
	{sql: "[(1, 2)]::LineString", json: "[[1,2]]"},
	{sql: "[[(1, 2)]]::Polygon", json: "[[[1,2]]]"},
	{sql: "[[(1, 2)]]::MultiLineString", json: "[[[1,2]]]"},
	{sql: "[[[(1, 2)]]]::MultiPolygon", json: "[[[[1,2]]]]"},
	{sql: "1::SimpleAggregateFunction(sum, UInt64)", json: "1"},
	{sql: "interval 3 day", json: `"3 Days"`},
	{sql: "'a'::Variant(String, UInt64)", json: `"a"`},
	{sql: "1::UInt64::Variant(String, UInt64)", json: "1"},
	{sql: "null::Variant(String, UInt64)", json: "null"},
	{sql: "7::UInt8::Dynamic", json: "7"},
	{sql: "null::Dynamic", json: "null"},
	{
		sql:     `'{"a":1}'::JSON`,
		json:    `"{\"a\":1}"`,
		setting: " settings output_format_native_write_json_as_string = 1",
	},
	{
		sql:     `'{"a":1,"b":{"c":["x"]}}'::JSON(a UInt8)`,
		json:    `{"a":1,"b":{"c":["x"]}}`,
		setting: " settings output_format_native_use_flattened_dynamic_and_json_serialization = 1",
	},
}

const dashes = "----------------------------------------------------------------------------------------------------" +
	"----------------------------------------------------------------------------------------------------"

// Prints each value that came otherwise than it should, then how many came as they should.
func types(connection driver.Conn) {
	right := 0
	for _, value := range values {
		text, err := read(connection, value.sql, value.setting)
		if err == nil && text == value.json {
			right++
			continue
		}
		fmt.Println("other value", value.sql, text, err)
	}
	fmt.Println("types", right, "of", len(values))
}

// Selects the value between others, which are spoiled where the end of one column is taken to be elsewhere.
func read(connection driver.Conn, value string, setting string) (text string, err error) {
	rows, err := connection.Query(context.Background(), "select number as n, 'before' as b, "+value+" as v, 'after' as a, number + 1 as m from numbers(3)"+setting)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for row := uint64(0); rows.Next(); row++ {
		var number, next uint64
		var before, after string
		cell := reflect.New(rows.ColumnTypes()[2].ScanType())
		if err := rows.Scan(&number, &before, cell.Interface(), &after, &next); err != nil {
			return "", err
		}
		if number != row || before != "before" || after != "after" || next != row+1 {
			return "", fmt.Errorf("row %d has other neighbours: %d %s %s %d", row, number, before, after, next)
		}
		json, err := json.Marshal(cell.Interface())
		if err != nil {
			return "", err
		}
		text = string(json)
	}
	return text, rows.Err()
}
