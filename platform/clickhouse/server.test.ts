/** The embedded server as our own services see it, through the published @clickhouse/client; foreign clients: clients/. */
import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ClickHouseError } from '@clickhouse/client'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../../test/platform/clickhouse.ts'

const run = promisify(execFile)

let server: WarehouseProcess
let warehouse: Warehouse

const connect = () =>
  createWarehouse({ url: server.url, user: 'shelfcast', password: server.password, application: 'test' })
const one = async (query: string) => {
  const answer = await warehouse.query({ query, format: 'JSONCompactEachRow' })
  return (await answer.json<unknown[]>())[0]?.[0]
}

/** By the server's own count, which needs no query. */
async function queriesRunning(): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^warehouse_queries_running (\d+)$/m.exec(metrics)?.[1])
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
    const rows = await warehouse.query({
      query: 'select x from kept',
      session_id: 'a',
      format: 'JSONEachRow',
    })
    expect(await rows.json()).toEqual([{ x: 7 }])
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
    // More than the server reads before it hands rows to the engine; the body does not end.
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

  test('an insert whose body is damaged leaves no rows', async () => {
    await warehouse.command({ query: 'create table damaged (x UInt64) engine = MergeTree order by x' })
    // Random digits, so that what is left of the body is still more than the server reads before the engine starts.
    const rows = Array.from({ length: 300_000 }, () => `${Math.floor(Math.random() * 1e9)}\n`).join('')
    const whole = gzipSync(rows)
    const response = await fetch(`${server.url}/?query=insert+into+shelfcast.damaged+format+TSV`, {
      method: 'POST',
      body: whole.subarray(0, whole.length - 1_000),
      headers: {
        'Content-Encoding': 'gzip',
        'X-ClickHouse-User': 'shelfcast',
        'X-ClickHouse-Key': server.password,
      },
    })
    expect(await response.text()).toMatch(/Code: 271.*could not be decompressed as gzip/)
    expect(await one('select count() from damaged')).toBe(0)
  })

  test('small queries do not wait for heavy ones', async () => {
    let heavyHasEnded = false
    const heavy = Array.from({ length: 3 }, async () => {
      await one('select sum(sleepEachRow(0.1)) from numbers(30) settings max_block_size = 1')
      heavyHasEnded = true
    })
    await until('the heavy ones run', async () => (await queriesRunning()) === 3)
    expect(await one('select 1')).toBe(1)
    expect(heavyHasEnded).toBe(false)
    await Promise.all(heavy)
  })

  test('past the most queries at once, one is refused clearly', async () => {
    const abort = new AbortController()
    const send = (query: string) =>
      fetch(server.url, {
        method: 'POST',
        body: query,
        headers: { 'X-ClickHouse-User': 'shelfcast', 'X-ClickHouse-Key': server.password },
        signal: abort.signal,
      })
    const slow = 'select sum(sleepEachRow(0.1)) from numbers(10000) settings max_block_size = 1'
    const most = Array.from({ length: 32 }, () => send(slow).catch(() => 'aborted'))
    await until('all of them run', async () => (await queriesRunning()) === 32)
    const refused = await send('select 1')
    expect(refused.headers.get('x-clickhouse-exception-code')).toBe('202')
    expect(await refused.text()).toMatch(/Maximum: 32/)
    abort.abort()
    await Promise.all(most)
    await until('they have ended', async () => (await queriesRunning()) === 0)
    expect(await one('select 1')).toBe(1)
  })
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
  const [actual] = await answer.json<{ kept: number; torn: number; last: number }>()
  expect(actual).toMatchObject({ kept: acknowledged, torn: 0 })
  // The batch in flight may have been written without its answer.
  expect(actual!.last).toBeLessThanOrEqual(acknowledged + 1)
})
