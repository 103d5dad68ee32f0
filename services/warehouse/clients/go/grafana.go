package main

import "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

func prepareGrafana(driver.Conn) {}
func grafana(account)            {}
