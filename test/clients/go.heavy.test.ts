/** The embedded server as clickhouse-go over HTTP sees it, and Grafana's data source, which is built on it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../platform/clickhouse.ts'

const run = promisify(execFile)

/** Set by `npm run test:heavy`, which builds it; by hand: services/warehouse/README.md. */
const program = process.env.SHELFCAST_TEST_GO
if (!program)
  console.warn(
    'SKIPPED: clickhouse-go. Install Go (go.dev/dl) and run `npm run test:heavy`, or set SHELFCAST_TEST_GO to what `go build` makes of test/clients/go.',
  )

let server: WarehouseProcess

beforeAll(async () => {
  server = await startServer()
  await fetch(server.url, {
    method: 'POST',
    body: 'create database shelfcast',
    headers: { 'X-ClickHouse-User': 'shelfcast', 'X-ClickHouse-Key': server.password },
  })
}, 60_000)
afterAll(() => server?.stop())

test.skipIf(!program)('clickhouse-go as the service, Grafana as an analyst', async () => {
  const { stdout } = await run(program!, [
    `${server.host}:${server.port}`,
    'shelfcast',
    'shelfcast',
    server.password,
    'analyst',
    server.password,
  ])
  const driven = ['none', 'lz4', 'zstd', 'gzip'].flatMap((method) => [
    `${method} inserted 20000 199990000 19999`,
    `${method} large 1000000 499999500000 200000`,
    `${method} late error 395`,
  ])
  expect(stdout.trim().split('\n')).toEqual([
    ...driven,
    'types 70 of 70',
    'named parameters 2',
    'placeholders 9',
    'missing table 60',
    expect.stringMatching(/^state 48 .*Column visitors has the type AggregateFunction\(uniq, UInt64\)/),
    'session 5',
    'cancelled true',
    'stopped at the server',
    'wrong password 516',
    'grafana 26 of 26',
    // Settings in the text: a limit of time, and an ad hoc filter.
    'grafana settings 0',
    'grafana settings 0',
    'analyst writes 164',
    'analyst looks at the server 497',
  ])
})
