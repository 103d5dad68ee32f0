/** The embedded server as foreign clients see it: each of them is the published one, unchanged. */
import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ClickHouseError } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWarehouse, type Warehouse } from './client.ts'
import { type ServerProcess, startServer } from './embedded/server-process.ts'

const run = promisify(execFile)
const clients = fileURLToPath(new URL('clients/', import.meta.url))

let server: ServerProcess
let warehouse: Warehouse

const connect = () =>
  createWarehouse({ url: server.url, user: 'shelfcast', password: server.password, application: 'test' })
const one = async (query: string) => {
  const answer = await warehouse.query({ query, format: 'JSONCompactEachRow' })
  return (await answer.json<unknown[]>())[0]?.[0]
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`Waited 15 s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

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
  warehouse = connect()
}, 60_000)
afterAll(async () => {
  await warehouse?.close()
  expect(await server?.stop(), 'exit code of a clean stop').toBe(0)
})

describe('@clickhouse/client', { timeout: 60_000 }, () => {
  test('rows go in and come out as streams', async () => {
    await warehouse.command({
      query: 'create table rows (id UInt64, name String) engine = MergeTree order by id',
    })
    const source = Readable.from(
      (function* () {
        for (let id = 0; id < 50_000; id++) yield { id, name: `it's ${id}\n\t\\` }
      })(),
    )
    const { summary } = await warehouse.insert({ table: 'rows', values: source, format: 'JSONEachRow' })
    expect(summary?.written_rows).toBe('50000')

    let count = 0
    let last: unknown
    const answer = await warehouse.query({ query: 'select * from rows order by id', format: 'JSONEachRow' })
    for await (const rows of answer.stream()) {
      count += rows.length
      last = rows.at(-1)!.json()
    }
    expect([count, last]).toEqual([50_000, { id: 49999, name: "it's 49999\n\t\\" }])
  })

  test('parameters keep their text, in the URL and in a form', async () => {
    const text = "a'b\\c\td\ne{f:g}é"
    const short = await warehouse.query({
      query: 'select {text:String} as text',
      query_params: { text },
      format: 'JSONEachRow',
    })
    expect(await short.json()).toEqual([{ text }])
    const ids = Array.from({ length: 50_000 }, (_, id) => `id-${id}`)
    const long = await warehouse.query({
      query: 'select length({ids:Array(String)}) as n, has({ids:Array(String)}, {last:String}) as found',
      query_params: { ids, last: ids.at(-1) },
      format: 'JSONEachRow',
    })
    expect(await long.json()).toEqual([{ n: 50_000, found: 1 }])
  })

  test('settings hold for their query alone', async () => {
    const max = async (settings: Record<string, string>) => {
      const answer = await warehouse.query({
        query: "select getSetting('max_result_rows') as value",
        format: 'JSONEachRow',
        clickhouse_settings: settings,
        session_id: 'settings',
      })
      return (await answer.json<{ value: number }>())[0]!.value
    }
    expect(await max({ max_result_rows: '77' })).toBe(77)
    expect(await max({})).toBe(0)
  })

  test('a session keeps its temporary tables', async () => {
    await warehouse.command({ query: 'create temporary table kept (x UInt8)', session_id: 'a' })
    await warehouse.command({ query: 'insert into kept values (7)', session_id: 'a' })
    const seen = await warehouse.query({
      query: 'select x from kept',
      session_id: 'a',
      format: 'JSONEachRow',
    })
    expect(await seen.json()).toEqual([{ x: 7 }])
    await expect(warehouse.query({ query: 'select x from kept', session_id: 'b' })).rejects.toMatchObject({
      code: '60',
    })
  })

  test.each(['gzip', 'zstd', 'br'] as const)('compression by %s in both directions', async (codec) => {
    const { createClient } = await import('@clickhouse/client')
    const client = createClient({
      url: server.url,
      username: 'shelfcast',
      password: server.password,
      compression: { request: { codec }, response: { codec } },
    })
    await client.command({
      query: 'create or replace table shelfcast.packed (x UInt64) engine = MergeTree order by x',
    })
    await client.insert({
      table: 'shelfcast.packed',
      values: Array.from({ length: 10_000 }, (_, x) => ({ x })),
      format: 'JSONEachRow',
    })
    const answer = await client.query({
      query: 'select sum(x) as sum from shelfcast.packed',
      format: 'JSONEachRow',
    })
    expect(await answer.json()).toEqual([{ sum: 49_995_000 }])
    await client.close()
  })

  test('errors have their code, before and within the answer', async () => {
    await expect(warehouse.query({ query: 'select * from missing_table' })).rejects.toMatchObject({
      code: '60',
      type: 'UNKNOWN_TABLE',
    })
    await expect(
      warehouse.query({ query: 'select 1', clickhouse_settings: { no_such_setting: 1 } as never }),
    ).rejects.toMatchObject({ code: '115' })
    await expect(
      warehouse.insert({ table: 'rows', values: [{ id: 'not a number' }], format: 'JSONEachRow' }),
    ).rejects.toBeInstanceOf(ClickHouseError)
    const late = await warehouse.query({
      query: 'select number, throwIf(number = 3000000) from numbers(4000000)',
      format: 'JSONCompactEachRow',
    })
    const read = async () => {
      for await (const rows of late.stream()) expect(rows.length).toBeGreaterThan(0)
    }
    await expect(read()).rejects.toMatchObject({ code: '395' })
  })

  test('a query ends when its client has gone', async () => {
    const abort = new AbortController()
    const query = warehouse.query({
      query: 'select sum(sleepEachRow(0.1)) from numbers(10000) settings max_block_size = 1',
      abort_signal: abort.signal,
    })
    const running = async () =>
      Number(
        await one(
          "select count() from system.processes where query like '%10000%' and query not like '%processes%'",
        ),
      )
    await until('the query runs', async () => (await running()) === 1)
    abort.abort()
    await expect(query).rejects.toThrow(/abort/)
    await until('the query has ended', async () => (await running()) === 0)
  })

  test('an insert that is broken off leaves no rows', async () => {
    await warehouse.command({ query: 'create table torn (x UInt64) engine = MergeTree order by x' })
    const url = new URL(`/?query=${encodeURIComponent('insert into shelfcast.torn format TSV')}`, server.url)
    const insert = request(url, { method: 'POST', auth: `shelfcast:${server.password}` })
    insert.on('error', () => {})
    // More than the server reads before it hands rows to the engine.
    insert.write('1\n'.repeat(100_000))
    const running = async () =>
      Number(
        await one(
          "select count() from system.processes where query ilike 'insert into shelfcast.torn%' and query not like '%processes%'",
        ),
      )
    await until('the insert runs', async () => (await running()) === 1)
    insert.destroy()
    await until('the insert has ended', async () => (await running()) === 0)
    expect(await one('select count() from torn')).toBe(0)
  })

  test('small queries are quick while heavy ones run', async () => {
    const heavy = Array.from({ length: 3 }, () =>
      one('select sum(sleepEachRow(0.05)) from numbers(30) settings max_block_size = 1'),
    )
    const began = performance.now()
    expect(await one('select 1')).toBe(1)
    expect(performance.now() - began).toBeLessThan(1_000)
    await Promise.all(heavy)
  })

  test('past the most queries at once, one is refused clearly and the others run', async () => {
    const slow = 'select sum(sleepEachRow(0.1)) from numbers(10) settings max_block_size = 1'
    const many = await Promise.all(
      Array.from({ length: 40 }, () =>
        fetch(server.url, {
          method: 'POST',
          body: slow,
          headers: { 'X-ClickHouse-User': 'shelfcast', 'X-ClickHouse-Key': server.password },
        }),
      ),
    )
    const codes = many.map((response) => response.headers.get('x-clickhouse-exception-code'))
    expect(codes.filter((code) => code === null)).toHaveLength(32)
    expect(codes.filter((code) => code === '202')).toHaveLength(8)
    expect(await many.find((response) => !response.ok)!.text()).toMatch(/Maximum: 32/)
  })
})

describe('curl', { timeout: 60_000 }, () => {
  const curl = async (...args: string[]) => (await run('curl', ['-sS', ...args])).stdout
  const auth = () => ['-u', `shelfcast:${server.password}`]

  test('health, without a password', async () => {
    expect(await curl(`${server.url}/ping`)).toBe('Ok.\n')
    expect(await curl(`${server.url}/replicas_status`)).toBe('Ok.\n')
    expect(await curl(server.url)).toBe('Ok.\n')
    expect(await curl(`${server.url}/readyz`)).toBe('ready\n')
    expect(await curl(`${server.url}/metrics`)).toMatch(
      /warehouse_queries_total\{kind="select",outcome="ok"\} \d+/,
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
      'query=drop table shelfcast.rows',
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
    expect(await one('select max(x) from both')).toBe(9)
  })
})

/** Set by the test command, which installs the clients; by hand: services/warehouse/README.md. */
const python = process.env.SHELFCAST_TEST_PYTHON
const jars = process.env.SHELFCAST_TEST_JDBC
if (!python)
  console.warn(
    'SKIPPED: clickhouse-connect. Run `npm test`, or set SHELFCAST_TEST_PYTHON to a Python with services/warehouse/clients/requirements.txt.',
  )
if (!jars)
  console.warn(
    'SKIPPED: clickhouse-jdbc. Run `npm test`, or set SHELFCAST_TEST_JDBC to a folder with the jars of services/warehouse/clients/pom.xml.',
  )

test.skipIf(!python)('clickhouse-connect and SQLAlchemy', { timeout: 120_000 }, async () => {
  const { stdout } = await run(python!, [
    `${clients}connect.py`,
    ...[server.host, String(server.port), 'shelfcast', 'shelfcast', server.password],
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
  })
})

test.skipIf(!jars)('clickhouse-jdbc', { timeout: 120_000 }, async () => {
  const { stdout } = await run(process.env.SHELFCAST_TEST_JAVA ?? 'java', [
    ...['-cp', `${jars}/*`, `${clients}Jdbc.java`],
    ...[`jdbc:clickhouse:${server.url}/shelfcast`, 'shelfcast', server.password],
  ])
  expect(stdout.trim().split('\n')).toEqual([
    'product ClickHouse',
    "rows 500 625.00 it's item 999",
    'columns id name price',
    'large 44999850000',
    'error 60',
    'cancelled',
    'wrong password true',
  ])
})

test('after kill -9 in mid-insert every acknowledged row is there', { timeout: 120_000 }, async () => {
  await warehouse.command({
    query: 'create table survivors (batch UInt32, x UInt32) engine = MergeTree order by batch',
  })
  let acknowledged = 0
  const insert = async () => {
    for (let batch = 1; ; batch++) {
      await warehouse.insert({
        table: 'survivors',
        values: Array.from({ length: 1_000 }, (_, x) => ({ batch, x })),
        format: 'JSONEachRow',
      })
      acknowledged = batch
    }
  }
  const writer = insert()
  await until('twenty batches are acknowledged', async () => acknowledged >= 20)
  await Promise.all([server.kill(), expect(writer).rejects.toThrow()])
  await server.start()
  const answer = await warehouse.query({
    query: `select countIf(batch <= {acknowledged:UInt32}) as kept, countIf(rows != 1000) as torn, max(batch) as last
      from (select batch, count() as rows from survivors group by batch)`,
    query_params: { acknowledged },
    format: 'JSONEachRow',
  })
  const [found] = await answer.json<{ kept: number; torn: number; last: number }>()
  expect(found).toMatchObject({ kept: acknowledged, torn: 0 })
  // The batch in flight may have been written without its answer.
  expect(found!.last).toBeLessThanOrEqual(acknowledged + 1)
})
