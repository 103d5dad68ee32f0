package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

func prepareGrafana(connection driver.Conn) {
	ctx := context.Background()
	must(connection.Exec(ctx, "create or replace table logs (at DateTime, at_ms DateTime64(3), level LowCardinality(String), body String, labels Map(LowCardinality(String), String), store_id UInt16, amount Decimal(18, 2)) engine = MergeTree order by at"))
	must(connection.Exec(ctx, "insert into logs select toDateTime(1767225600) + number, toDateTime64(1767225600 + number, 3), ['info', 'ERROR'][number % 2 + 1], 'line', map('host', 'a', 'till', toString(number % 3)), number % 5, number / 100 from numbers(3600)"))
}

// What Grafana's data source (grafana-clickhouse-datasource 4) sends, with its macros expanded, and the rows expected.
var forms = []struct {
	query string
	rows  int
}{
	// Health check, version check, schema explorer and the query builder's lists.
	{"SELECT 1", 1},
	{"SELECT version()", 1},
	{"SELECT currentDatabase()", 1},
	{"SELECT value FROM system.settings WHERE name='readonly'", 1},
	{"SHOW DATABASES", -1},
	{"SHOW TABLES", -1},
	{`SHOW TABLES FROM "shelfcast"`, -1},
	{"SELECT name FROM system.databases", -1},
	{"SELECT database, name FROM system.tables ORDER BY database, name", -1},
	{"SELECT name, type, table FROM system.columns", -1},
	{"SELECT name, type, table FROM system.columns WHERE database IN ('shelfcast') AND table = 'logs'", 7},
	{"SELECT database, table, name, type, comment FROM system.columns WHERE (database, table) IN (('shelfcast', 'logs')) OR (database = currentDatabase() AND table IN ('logs')) ORDER BY database, table, position", 7},
	{`DESC TABLE "shelfcast"."logs"`, 7},
	{`DESCRIBE TABLE "shelfcast"."logs"`, 7},
	{"SELECT\n name, is_aggregate, case_insensitive, alias_to, origin, description,\n syntax, arguments, returned_value, examples, categories\n FROM system.functions\n LIMIT 10000\n", -1},
	{`SELECT DISTINCT arrayJoin(labels.keys) as keys FROM "shelfcast"."logs" LIMIT 1000`, 2},
	{"select distinct level from shelfcast.logs limit 1000", 2},
	// Tables, time series, logs and their volume.
	{`SELECT at, level, body FROM "shelfcast"."logs" WHERE ( body IS NOT NULL ) LIMIT 1000`, 1000},
	{`SELECT at as "time", store_id, sum(amount) as total FROM "shelfcast"."logs" WHERE ( time >= toDateTime(1767225600) AND time <= toDateTime(1767226199) ) AND ( store_id > 0 ) GROUP BY time, store_id ORDER BY time ASC LIMIT 100`, 100},
	{`SELECT toStartOfInterval(toDateTime(at), INTERVAL 60 second) as "time", avg(amount) as average FROM "shelfcast"."logs" WHERE at >= toDateTime(1767225600) AND at <= toDateTime(1767229199) GROUP BY time ORDER BY time`, 60},
	{`SELECT toStartOfInterval(toDateTime64(at_ms, 3), INTERVAL 60000 millisecond) as "time", count() FROM "shelfcast"."logs" WHERE at_ms >= fromUnixTimestamp64Milli(1767225600000) AND at_ms <= fromUnixTimestamp64Milli(1767229199000) GROUP BY time ORDER BY time`, 60},
	{`SELECT level, count() / 60 FROM "shelfcast"."logs" WHERE (at >= toDate('2026-01-01') AND at <= toDate('2026-01-02')) AND (at >= toDateTime(1767225600) AND at <= toDateTime(1767229199)) GROUP BY level`, 2},
	{`SELECT at as "timestamp", body as "body", level as "level", labels as "labels" FROM "shelfcast"."logs" WHERE ( timestamp >= toDateTime(1767225600) AND timestamp <= toDateTime(1767229199) ) AND ( level = 'ERROR' ) ORDER BY timestamp DESC LIMIT 1000`, 1000},
	{`SELECT toStartOfInterval("at", INTERVAL 1 MINUTE) as "time", sum(multiSearchAny(toString("level"), ['error','err','ERROR','ERR','Error','Err'])) as error FROM "shelfcast"."logs" WHERE ( time >= toDateTime(1767225600) AND time <= toDateTime(1767229199) ) GROUP BY time ORDER BY time ASC`, 60},
	{`SELECT at as "timestamp", body as "body" FROM "shelfcast"."logs" WHERE ( timestamp <= fromUnixTimestamp64Nano(1767226000000000000) ) AND ( labels['host'] = 'a' ) ORDER BY timestamp DESC LIMIT 10`, 10},
	{"-- a comment of the panel's author\nSELECT count() FROM logs WHERE level IN ('info','ERROR') AND 1=1 /* and one at the end */", 1},
}

// Forms with settings in their text.
var settingForms = []string{
	`SELECT DISTINCT level FROM shelfcast.logs SETTINGS max_execution_time=10`,
	"SELECT level, count() FROM logs GROUP BY level\nsettings additional_table_filters={'logs' : ' level = \\'info\\' '}",
}

// Runs the forms as the data source does: database/sql, gzip, a deadline that becomes max_execution_time, the
// settings that its configuration page offers, and headers of its own.
func grafana(who account) {
	opt := options(who, clickhouse.CompressionGZIP, clickhouse.Settings{"max_execution_time": 60, "limit": 100_000})
	opt.ClientInfo = clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{"grafana", "12.0.0"}, {"clickhouse-datasource", "4.12.0"}}}
	opt.DialTimeout = 10 * time.Second
	opt.ReadTimeout = 60 * time.Second
	opt.HttpHeaders = map[string]string{"X-Grafana-Org-Id": "1"}
	db := clickhouse.OpenDB(opt)
	defer db.Close()
	must(db.PingContext(context.Background()))

	right := 0
	for _, form := range forms {
		count, err := countRows(db, form.query)
		if err == nil && (count == form.rows || form.rows < 0 && count > 0) {
			right++
			continue
		}
		fmt.Println("other answer", form.query, count, err)
	}
	fmt.Println("grafana", right, "of", len(forms))
	for _, form := range settingForms {
		_, err := countRows(db, form)
		fmt.Println("grafana settings", code(err))
	}
	_, err := db.ExecContext(context.Background(), "insert into logs (body) values ('x')")
	fmt.Println("analyst writes", code(err))
	_, err = countRows(db, "select * from system.processes")
	fmt.Println("analyst looks at the server", code(err))
}

func countRows(db *sql.DB, query string) (count int, err error) {
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	ctx = clickhouse.Context(ctx, clickhouse.WithClientInfo(clickhouse.ClientInfo{Comment: []string{"grafana_user:admin", "grafana_dashboard:sales"}}))
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return 0, err
	}
	cells := make([]any, len(kinds))
	for index := range cells {
		cells[index] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return count, err
		}
		count++
	}
	return count, rows.Err()
}
