package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// A value of each type, as SQL. Every query selects it between two others, so that a column whose end is not where it
// should be spoils the next.
var values = []string{
	"-1::Int8", "-2::Int16", "-3::Int32", "-4::Int64", "-5::Int128", "-6::Int256",
	"1::UInt8", "2::UInt16", "3::UInt32", "4::UInt64", "5::UInt128", "6::UInt256",
	"1.5::Float32", "2.5::Float64", "1.5::BFloat16", "true",
	"'text'", "repeat('é', 100)", "'abc'::FixedString(3)",
	"'2026-01-02'::Date", "'1950-01-02'::Date32", "'2026-01-02 03:04:05'::DateTime",
	"'2026-01-02 03:04:05'::Nullable(DateTime('Europe/Berlin'))", "'2026-01-02 03:04:05.678'::DateTime64(3)",
	"'01:02:03'::Time", "'01:02:03.5'::Time64(1)",
	"1.25::Decimal(9, 2)", "1.25::Decimal(18, 2)", "1.25::Decimal(38, 2)", "1.25::Decimal(76, 2)",
	"'61f0c404-5cb3-11e7-907b-a6006ad3dba0'::UUID", "'127.0.0.1'::IPv4", "'::1'::IPv6",
	"'b'::Enum8('a' = 1, 'b' = 2)", "'it''s, (b)'::Enum16('a' = 1, 'it''s, (b)' = 300)",
	"null", "null::Nullable(UInt8)", "7::Nullable(UInt8)", "null::Nullable(String)",
	"[]", "[1, 2]", "[['a'], [], ['b', 'c']]", "[1, null]::Array(Nullable(UInt8))",
	"map('a', 1, 'b', 2)", "map()::Map(String, UInt8)", "map('a', ['x', 'y'])",
	"(1, 'a')", "(1, 'a')::Tuple(a UInt8, `b, (c)` String)", "[(1, 'a'), (2, 'b')]::Nested(a UInt8, b String)",
	"'a'::LowCardinality(String)", "null::LowCardinality(Nullable(String))", "'b'::LowCardinality(Nullable(String))",
	"['a', 'b', 'a']::Array(LowCardinality(String))", "[]::Array(LowCardinality(String))",
	"map('a', 1)::Map(LowCardinality(String), UInt8)",
	"(1, 2)::Point", "[(1, 2)]::Ring", "[(1, 2)]::LineString", "[[(1, 2)]]::Polygon", "[[(1, 2)]]::MultiLineString", "[[[(1, 2)]]]::MultiPolygon",
	"1::SimpleAggregateFunction(sum, UInt64)", "interval 3 day",
	"'a'::Variant(String, UInt64)", "1::UInt64::Variant(String, UInt64)", "null::Variant(String, UInt64)",
	"7::UInt8::Dynamic", "null::Dynamic",
}

func types(connection driver.Conn) {
	for _, value := range values {
		show(connection, value, "")
	}
	show(connection, `'{"a":1}'::JSON`, "output_format_native_write_json_as_string = 1")
	show(connection, `'{"a":1,"b":{"c":["x"]}}'::JSON(a UInt8)`, "output_format_native_use_flattened_dynamic_and_json_serialization = 1")
}

func show(connection driver.Conn, value string, settings string) {
	if settings != "" {
		settings = " settings " + settings
	}
	rows, err := connection.Query(context.Background(), "select number as n, 'before' as b, "+value+" as v, 'after' as a, number + 1 as m from numbers(3)"+settings)
	if err != nil {
		fmt.Println(value, "ERR", err)
		return
	}
	defer rows.Close()
	kind := rows.ColumnTypes()[2]
	for rows.Next() {
		var n, m uint64
		var b, a string
		v := reflect.New(kind.ScanType())
		if err := rows.Scan(&n, &b, v.Interface(), &a, &m); err != nil {
			fmt.Println(value, "ERR", err)
			return
		}
		text, err := json.Marshal(v.Elem().Interface())
		fmt.Println(value, "|", kind.DatabaseTypeName(), "|", v.Elem().Type(), "|", string(text), err, n, m, b, a)
		break
	}
}
