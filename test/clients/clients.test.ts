/** The embedded server as foreign clients see it: each of them is the published one, unchanged. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../platform/clickhouse.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('.', import.meta.url))

let server: WarehouseProcess

beforeAll(async () => {
  server = await startServer()
  await run('curl', [
    '-sf',
    '-u',
    `shelfcast:${server.password}`,
    server.url,
    '-d',
    'create database shelfcast',
  ])
}, 60_000)
afterAll(() => server?.stop())

describe('curl', { timeout: 60_000 }, () => {
  const curl = async (...args: string[]) => (await run('curl', ['-sS', ...args])).stdout
  const auth = () => ['-u', `shelfcast:${server.password}`]

  test('health, without a password', async () => {
    expect(await curl(`${server.url}/ping`)).toBe('Ok.\n')
    expect(await curl(`${server.url}/replicas_status`)).toBe('Ok.\n')
    expect(await curl(server.url)).toBe('Ok.\n')
    expect(await curl(`${server.url}/readyz`)).toBe('ready\n')
    expect(await curl(`${server.url}/metrics`)).toMatch(
      /warehouse_queries_total\{kind="create",outcome="ok"\} \d+/,
    )
  })

  test('the query in the URL, in the body, and in both', async () => {
    expect(await curl(...auth(), '-G', server.url, '--data-urlencode', 'query=select 1 + 1')).toBe('2\n')
    expect(await curl(...auth(), server.url, '-d', 'select 1 as x format JSONEachRow')).toBe('{"x":1}\n')
    await curl(
      ...auth(),
      `${server.url}/?database=shelfcast`,
      '-d',
      'create table both (x UInt8) engine = MergeTree order by x',
    )
    await curl(
      ...auth(),
      `${server.url}/?query=insert%20into%20shelfcast.both%20format%20CSV`,
      '--data-binary',
      '5\n6\n',
    )
    expect(
      await curl(...auth(), `${server.url}/?default_format=CSV`, '-d', "select x, 'a' from shelfcast.both"),
    ).toBe('5,"a"\n6,"a"\n')
  })

  test('credentials in headers and URL; wrong ones are 403 with code 516', async () => {
    expect(
      await curl(
        '-H',
        'X-ClickHouse-User: shelfcast',
        '-H',
        `X-ClickHouse-Key: ${server.password}`,
        server.url,
        '-d',
        'select 1',
      ),
    ).toBe('1\n')
    expect(await curl(`${server.url}/?user=shelfcast&password=${server.password}&query=select+1`)).toBe('1\n')
    const refused = await curl('-i', '-u', 'shelfcast:wrong', server.url, '-d', 'select 1')
    expect(refused).toMatch(/^HTTP\/1.1 403/)
    expect(refused).toMatch(/X-ClickHouse-Exception-Code: 516/)
  })

  test('GET reads only', async () => {
    const refused = await curl(
      ...auth(),
      '-G',
      server.url,
      '--data-urlencode',
      'query=drop table shelfcast.both',
    )
    expect(refused).toMatch(/Code: 164.*POST/)
  })

  test('headers tell format, id and counts', async () => {
    const answer = await curl(
      '-i',
      ...auth(),
      `${server.url}/?query_id=mine`,
      '-d',
      'select number from numbers(3) format TSV',
    )
    expect(answer).toMatch(/X-ClickHouse-Query-Id: mine\r/)
    expect(answer).toMatch(/X-ClickHouse-Format: TSV\r/)
    expect(answer).toMatch(/X-ClickHouse-Timezone: UTC\r/)
    expect(answer).toMatch(/X-ClickHouse-Summary: \{"read_rows":"3"/)
  })

  test('compressed bodies', async () => {
    const answer = await curl(
      ...auth(),
      '--compressed',
      `${server.url}/?enable_http_compression=1`,
      '-d',
      'select sum(number) from numbers(1000)',
    )
    expect(answer).toBe('499500\n')
    const response = await fetch(`${server.url}/?query=insert+into+shelfcast.both+format+TSV`, {
      method: 'POST',
      body: gzipSync('9\n'),
      headers: {
        'Content-Encoding': 'gzip',
        'X-ClickHouse-User': 'shelfcast',
        'X-ClickHouse-Key': server.password,
      },
    })
    expect(response.status).toBe(200)
    expect(await curl(...auth(), server.url, '-d', 'select max(x) from shelfcast.both')).toBe('9\n')
  })
})

/** Set by the test command, which installs the clients; by hand: services/warehouse/README.md. */
const python = process.env.SHELFCAST_TEST_PYTHON
const jars = process.env.SHELFCAST_TEST_JDBC
if (!python)
  console.warn(
    'SKIPPED: clickhouse-connect. Run `npm test`, or set SHELFCAST_TEST_PYTHON to a Python with test/clients/requirements.txt.',
  )
if (!jars)
  console.warn(
    'SKIPPED: clickhouse-jdbc. Run `npm test`, or set SHELFCAST_TEST_JDBC to a folder with the jars of test/clients/pom.xml.',
  )

test.skipIf(!python)('clickhouse-connect, pandas and SQLAlchemy', { timeout: 120_000 }, async () => {
  const { stdout } = await run(python!, [
    `${folder}connect.py`,
    server.host,
    String(server.port),
    'shelfcast',
    'shelfcast',
    server.password,
    'analyst',
    server.password,
  ])
  const inserted = [100_000, [99_999, 4_999_950_000], '395']
  expect(JSON.parse(stdout)).toEqual({
    'compression False': inserted,
    'compression lz4': inserted,
    'compression zstd': inserted,
    'compression gzip': inserted,
    session: 5,
    set: 1,
    error: true,
    sqlalchemy: 45,
    columns: ['id', 'name', 'at'],
    pandas: [500, 374_750, 50, 84_375, ['bakery', 'dairy'], '2026-01-01T16:39:00', ['dairy']],
    arrow: 1_000,
    'settings as analyst': [10, 20],
    'ceiling as analyst': true,
    'analyst writes': true,
    'sqlalchemy as analyst': [
      ['bakery', 62_275],
      ['dairy', 49_820],
    ],
    'read_sql as analyst': 10,
    'tables as analyst': true,
  })
})

test.skipIf(!jars)('clickhouse-jdbc', { timeout: 120_000 }, async () => {
  const { stdout } = await run(process.env.SHELFCAST_TEST_JAVA ?? 'java', [
    '-cp',
    `${jars}/*`,
    `${folder}Jdbc.java`,
    `jdbc:clickhouse:${server.url}/shelfcast`,
    'shelfcast',
    server.password,
    'analyst',
    server.password,
  ])
  expect(stdout.trim().split('\n')).toEqual([
    'product ClickHouse',
    "rows 500 625.00 it's item 999",
    'columns id name price',
    'large 44999850000',
    'error 60',
    'cancelled',
    'wrong password true',
    "rows 500 625.00 it's item 999",
    'columns id name price',
    'tables jdbc',
    'analyst writes 164',
  ])
})
