// Drives the warehouse through clickhouse-go over HTTP, as a Go program and as Grafana's data source do, and prints a
// line for each finding.
// Run: go run . host:port database user password analyst password
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

type account struct{ address, database, user, password string }

func main() {
	arguments := os.Args[1:]
	service := account{arguments[0], arguments[1], arguments[2], arguments[3]}
	analyst := account{arguments[0], arguments[1], arguments[4], arguments[5]}
	for _, method := range []clickhouse.CompressionMethod{
		clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD, clickhouse.CompressionGZIP,
	} {
		drive(service, method)
	}
	connection := connect(service, clickhouse.CompressionNone, nil)
	types(connection)
	parameters(connection)
	refusals(connection)
	session(service)
	cancel(connection)
	wrongPassword(service)
	prepareGrafana(connection)
	grafana(analyst)
}

func options(who account, method clickhouse.CompressionMethod, settings clickhouse.Settings) *clickhouse.Options {
	return &clickhouse.Options{
		Addr:        []string{who.address},
		Protocol:    clickhouse.HTTP,
		Auth:        clickhouse.Auth{Database: who.database, Username: who.user, Password: who.password},
		Compression: &clickhouse.Compression{Method: method},
		Settings:    settings,
	}
}

func connect(who account, method clickhouse.CompressionMethod, settings clickhouse.Settings) driver.Conn {
	connection, err := clickhouse.Open(options(who, method, settings))
	must(err)
	return connection
}

// Inserts and reads, with bodies compressed by one method.
func drive(who account, method clickhouse.CompressionMethod) {
	ctx := context.Background()
	connection := connect(who, method, nil)
	must(connection.Ping(ctx))
	must(connection.Exec(ctx, "create or replace table go (id UInt64, name String, at DateTime64(3), tags Array(LowCardinality(String))) engine = MergeTree order by id"))
	batch, err := connection.PrepareBatch(ctx, "insert into go (id, name, at, tags)")
	must(err)
	at := time.Date(2026, 1, 1, 0, 0, 0, 5_000_000, time.UTC)
	for id := range uint64(20_000) {
		must(batch.Append(id, fmt.Sprintf("it's item %d", id), at, []string{"a", fmt.Sprint(id % 7)}[:id%3]))
	}
	must(batch.Send())
	var count, sum, tags uint64
	must(connection.QueryRow(ctx, "select count(), sum(id), sum(length(tags)) from go where at = '2026-01-01 00:00:00.005'").Scan(&count, &sum, &tags))
	fmt.Println(method, "inserted", count, sum, tags)

	rows, err := connection.Query(ctx, "select number, toString(number), if(number % 5 = 0, null, number) from numbers(1000000)")
	must(err)
	count, sum = 0, 0
	var nulls uint64
	for rows.Next() {
		var number uint64
		var text string
		var maybe *uint64
		must(rows.Scan(&number, &text, &maybe))
		if text != fmt.Sprint(number) || maybe != nil && *maybe != number {
			panic("a row has other values: " + text)
		}
		if maybe == nil {
			nulls++
		}
		count++
		sum += number
	}
	must(rows.Err())
	fmt.Println(method, "large", count, sum, nulls)

	// Fails after much of the result has been sent.
	rows, err = connection.Query(ctx, "select number, throwIf(number = 900000) from numbers(1000000)")
	must(err)
	for rows.Next() {
	}
	fmt.Println(method, "late error", code(rows.Err()))
}

func parameters(connection driver.Conn) {
	var count uint64
	row := connection.QueryRow(context.Background(), "select count() from go where name != {name:String} and id in {ids:Array(UInt64)}",
		clickhouse.Named("name", "it's item 1"), clickhouse.Named("ids", []uint64{1, 2, 3}))
	must(row.Scan(&count))
	fmt.Println("named parameters", count)
	row = connection.QueryRow(context.Background(), "select count() from go where name != ? and id < ?", "it's item 1", 10)
	must(row.Scan(&count))
	fmt.Println("placeholders", count)
}

func refusals(connection driver.Conn) {
	ctx := context.Background()
	fmt.Println("missing table", code(connection.Exec(ctx, "select * from missing_table")))
	_, err := connection.Query(ctx, "select 1 as one, uniqState(number) as visitors from numbers(10)")
	fmt.Println("state", code(err), err)
}

func session(who account) {
	ctx := context.Background()
	connection := connect(who, clickhouse.CompressionNone, clickhouse.Settings{"session_id": "go"})
	must(connection.Exec(ctx, "create temporary table kept (x UInt8)"))
	must(connection.Exec(ctx, "insert into kept values (5)"))
	var sum uint64
	must(connection.QueryRow(ctx, "select sum(x) from kept").Scan(&sum))
	fmt.Println("session", sum)
}

func cancel(connection driver.Conn) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		ended <- connection.Exec(ctx, "select sum(sleepEachRow(0.1)) from numbers(1000) settings max_block_size = 1")
	}()
	for running(connection) == 0 {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	fmt.Println("cancelled", errors.Is(<-ended, context.Canceled))
	for running(connection) > 0 {
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Println("stopped at the server")
}

func running(connection driver.Conn) (count uint64) {
	must(connection.QueryRow(context.Background(), "select count() from system.processes where query like '%sleepEachRow%' and query not like '%processes%'").Scan(&count))
	return count
}

func wrongPassword(who account) {
	who.password = "wrong"
	fmt.Println("wrong password", code(connect(who, clickhouse.CompressionNone, nil).Ping(context.Background())))
}

// Of ClickHouse's exception; 0 without an error, -1 for another error.
func code(err error) int32 {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return -1
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
