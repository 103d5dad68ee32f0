/** Strangers with an analyst's password, against the server as it runs, and against the engine below it. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askServer, startServer, type WarehouseProcess } from '../../../test/platform/clickhouse.ts'
import { attempts, PLACES } from '../../../test/platform/hostile-queries.ts'
import { type Engine, openEngine } from '../engine.ts'
import { ANALYST_QUERIES, HIDDEN_SYSTEM_TABLES, SYSTEM_TABLES } from './analyst.ts'
import { ROLE } from './setup.ts'

const SECRET = 'correct-battery-staple'
const folder = mkdtempSync(join(tmpdir(), 'shelfcast-hostile-'))
const target = join(folder, 'written')
const secret = join(folder, 'secret')
const ATTEMPTS = Object.entries(attempts(secret, target))

let server: WarehouseProcess

const ask = (
  user: string,
  query: string | Uint8Array<ArrayBuffer>,
  options?: Parameters<typeof askServer>[3],
) => askServer(server, user, query, options)

beforeAll(async () => {
  writeFileSync(secret, SECRET)
  server = await startServer()
  for (const query of [
    'create database shelfcast',
    'create table shelfcast.sales (id UInt64, amount Int64) engine = MergeTree order by id',
    'insert into shelfcast.sales values (1, 250)',
    'create table default.private (id UInt8) engine = MergeTree order by id',
    'insert into default.private values (77)',
  ])
    expect(await ask('shelfcast', query)).toMatchObject({ code: 0 })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(ATTEMPTS)('%s', (_kind, list) => {
  test.each(list)('$query', async ({ query, url }) => {
    const { status, code, text } = await ask('analyst', query, url ? { url } : {})
    expect(text).not.toContain(SECRET)
    expect(code, text).not.toBe(0)
    expect(status, 'refused as a fault of the request, not of the server').not.toBe(200)
  })
})

test('an expression that only computes may stand in these places', async () => {
  const refused: string[] = []
  for (const place of PLACES) {
    // Two of them have no end.
    const url = { max_result_rows: '1000', max_execution_time: '5', wait_end_of_query: '1' }
    const { code, text } = await ask('analyst', place.replaceAll('X', "lower('CD')"), { url })
    if (code !== 0) refused.push(`${code} ${place} ${text}`)
  }
  // Some are no queries of ClickHouse whatever stands there; none is held back for its rights.
  expect(refused.filter((line) => /^(497|164) /.test(line))).toEqual([])
  expect(refused.length).toBeLessThan(PLACES.length / 3)
})

test('nothing was read, written or changed by any of them', async () => {
  expect(ATTEMPTS.flatMap(([, list]) => list).length).toBeGreaterThanOrEqual(200)
  expect(readdirSync(folder)).toEqual(['secret'])
  const counts = 'select (select sum(amount) from shelfcast.sales), (select sum(id) from default.private)'
  expect((await ask('shelfcast', counts)).text).toBe('250\t77\n')
  const tables = await ask('shelfcast', "select name from system.tables where database = 'shelfcast'")
  expect(tables.text).toBe('sales\n')
})

describe('sessions', () => {
  test('a session of a service is nothing to an analyst of the same name', async () => {
    await ask('shelfcast', 'create temporary table of_service (x UInt8)', { url: { session_id: 's' } })
    expect((await ask('analyst', 'select * from of_service', { url: { session_id: 's' } })).code).toBe(60)
  })

  test('rights and ceilings stay over the requests of a session', async () => {
    const inSession = (query: string, url = {}) =>
      ask('analyst', query, { url: { session_id: 'own', ...url } })
    expect((await inSession('set max_execution_time = 20')).code).toBe(0)
    expect(
      (await inSession("select getSetting('max_execution_time')", { max_execution_time: '5' })).text,
    ).toBe('5\n')
    expect((await inSession("select getSetting('max_execution_time')")).text).toBe('20\n')
    for (const query of ['select * from default.private', 'set readonly = 0', 'set max_execution_time = 301'])
      expect((await inSession(query)).code, query).not.toBe(0)
    expect((await inSession("select getSetting('max_threads')", { max_threads: '1' })).text).toBe('1\n')
    expect((await inSession("select getSetting('max_threads')")).text).toBe('2\n')
  })

  test.each([
    ['another database', { database: 'system' }],
    ['a database that is not there', { database: 'curated' }],
    ['a setting beyond its ceiling', { max_threads: '64' }],
    ['a value that is none', { max_threads: 'many' }],
    ['a parameter that is none', { param_x: '\\' }],
  ])('a session that began with %s has no more rights than another', async (what, url) => {
    const session = { session_id: `spoilt by ${what}` }
    await ask('analyst', 'select 1', { url: { ...session, ...url } as Record<string, string> })
    for (const query of [
      'select * from default.private',
      'insert into shelfcast.sales values (9, 9)',
      "select currentRoles() != ['analyst'] or getSetting('readonly') != 2 or throwIf(getSetting('max_threads') = 2)",
    ])
      expect((await ask('analyst', query, { url: session })).code, query).not.toBe(0)
  })

  test('SET in a session survives a query that overrides it, of a service too', async () => {
    const inSession = (query: string, url = {}) =>
      ask('shelfcast', query, { url: { session_id: 'set', ...url } })
    await inSession('set max_result_rows = 7')
    expect((await inSession("select getSetting('max_result_rows')", { max_result_rows: '9' })).text).toBe(
      '9\n',
    )
    expect((await inSession("select getSetting('max_result_rows')")).text).toBe('7\n')
  })

  test('session_check on an unknown session is refused', async () => {
    for (const user of ['shelfcast', 'analyst'])
      expect(await ask(user, 'select 1', { url: { session_id: 'never', session_check: '1' } })).toMatchObject(
        { code: 372, status: 404 },
      )
  })
})

describe('bodies', () => {
  const hidden = `select file('${secret}')`
  test.each([
    ['gzip', gzipSync(hidden)],
    ['deflate', Buffer.from('not deflated')],
    ['lz4', Buffer.from('not a frame')],
    ['zstd', gzipSync(hidden)],
    ['rot13', Buffer.from(hidden)],
  ])('in %s', async (encoding, body) => {
    const { code, text } = await ask('analyst', new Uint8Array(body), {
      headers: { 'Content-Encoding': encoding },
    })
    expect(code).not.toBe(0)
    expect(text).not.toContain(SECRET)
  })

  test('a small body that would fill the memory is cut off', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    const headers = { 'Content-Encoding': 'gzip' }
    expect((await ask('analyst', new Uint8Array(bomb), { headers })).code).toBe(307)
  })

  test.each([
    ['NUL', Buffer.from(`select 1\0, file('${secret}')`)],
    ['bytes that are no UTF-8', Buffer.from([...Buffer.from("select '"), 0xff, 0x27])],
    [
      'a form',
      Buffer.from(`--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n${hidden}\r\n--x--\r\n`),
    ],
  ])('with %s', async (what, body) => {
    const headers: Record<string, string> =
      what === 'a form' ? { 'Content-Type': 'multipart/form-data; boundary=x' } : {}
    expect((await ask('analyst', new Uint8Array(body), { headers })).code).not.toBe(0)
  })

  test.each(['URL', 'form'])('with statements in the name of a parameter, in the %s', async (where) => {
    const name = "param_x = '1'; set role all; drop table shelfcast.sales; set param_y"
    const form = new FormData()
    form.set('query', 'select {x:String}')
    form.set(name, '1')
    const response = await fetch(
      `${server.url}/${where === 'URL' ? `?${new URLSearchParams({ [name]: '1' })}` : ''}`,
      {
        method: 'POST',
        body: where === 'URL' ? 'select 1' : form,
        headers: { 'X-ClickHouse-User': 'analyst', 'X-ClickHouse-Key': server.password },
      },
    )
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('115')
    expect((await ask('shelfcast', 'select count() from shelfcast.sales')).text).toBe('1\n')
  })

  test('bodies that do not end take no place', async () => {
    const sockets = Array.from({ length: 3 * ANALYST_QUERIES }, () => {
      const call = request(`${server.url}/`, { method: 'POST', auth: `analyst:${server.password}` })
      call.on('error', () => {})
      call.write('select 1, ')
      return call
    })
    expect((await ask('analyst', 'select 1')).code).toBe(0)
    for (const call of sockets) call.destroy()
  })
})

describe('places', { timeout: 60_000 }, () => {
  const SLOW = 'select count() from numbers(1000000000000) where not ignore(sipHash64(number))'

  test('analysts who fill their places leave the services theirs', async () => {
    const abort = new AbortController()
    const slow = Array.from({ length: 40 }, () =>
      ask('analyst', SLOW, { signal: abort.signal }).catch(() => undefined),
    )
    const running = async () =>
      Number(
        (await ask('shelfcast', "select count() from system.processes where query like '%sipHash64%'")).text,
      )
    // The question itself is one of them.
    while ((await running()) < ANALYST_QUERIES + 1) await new Promise((resolve) => setTimeout(resolve, 20))
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('shelfcast', 'select 1')))
    expect(answers.every(({ code }) => code === 0)).toBe(true)
    expect(await running()).toBe(ANALYST_QUERIES + 1)
    abort.abort()
    await Promise.all(slow)
    while ((await running()) > 1) await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await ask('analyst', 'select 1')).code).toBe(0)
  })

  test('an answer that nobody reads holds a place of the analysts alone', async () => {
    const { port } = server
    const sockets = Array.from({ length: ANALYST_QUERIES }, () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.pause()
      const query = encodeURIComponent('select number, repeat(toString(number), 50) from numbers(9000000)')
      const auth = Buffer.from(`analyst:${server.password}`).toString('base64')
      socket.write(
        `GET /?query=${query} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Basic ${auth}\r\n\r\n`,
      )
      return socket
    })
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('shelfcast', 'select 1')))
    expect(answers.every(({ code }) => code === 0)).toBe(true)
    for (const socket of sockets) socket.destroy()
    let last = await ask('analyst', 'select 1')
    while (last.code === 202) last = await ask('analyst', 'select 1')
    expect(last.code).toBe(0)
  })

  test('wrong passwords and many connections cost the others nothing', async () => {
    const wrong = await Promise.all(
      Array.from({ length: 300 }, (_, at) =>
        ask('analyst', 'select 1', { headers: { 'X-ClickHouse-Key': `guess-${at}` } }),
      ),
    )
    expect(new Set(wrong.map(({ code }) => code))).toEqual(new Set([516]))
    const idle = Array.from({ length: 300 }, () => connect(server.port, '127.0.0.1').on('error', () => {}))
    expect((await ask('shelfcast', 'select 1')).code).toBe(0)
    for (const socket of idle) socket.destroy()
  })
})

describe('the walls of the engine, without the gateway', { timeout: 60_000 }, () => {
  let engine: Engine
  beforeAll(async () => {
    const lake = {
      url: 'http://127.0.0.1:1/raw/',
      curatedUrl: 'http://127.0.0.1:1/c/',
      featuresUrl: 'http://127.0.0.1:1/f/',
      accessKey: 'k',
      secretKey: 's',
    }
    engine = await openEngine({ folder: join(folder, 'engine'), lake, log: createLog('test', 'error') })
    await engine.asService(async (connection) => {
      for (const sql of [
        'create database shelfcast',
        'create table shelfcast.sales (id UInt64, amount Int64) engine = MergeTree order by id',
        'insert into shelfcast.sales values (1, 250)',
        'create table default.private (id UInt8) engine = MergeTree order by id',
        'insert into default.private values (77)',
      ])
        await connection.run(sql)
    })
  }, 60_000)
  afterAll(() => engine?.close())

  const run = (sql: string) =>
    engine.asService(async (connection) => {
      await connection.run([...ROLE, 'use shelfcast', 'set readonly = 2'].join(';\n'))
      return Buffer.from((await connection.run(sql)).bytes).toString('utf8')
    })

  test.each(
    ATTEMPTS.filter(([kind]) => /table functions|writing and running/.test(kind)).flatMap(([, list]) => list),
  )('$query', async ({ query }) => {
    // What they compute, or do to nothing, may pass; no file, no other table and no host is reached.
    const outcome = await run(query).catch((error: Error) => error.message)
    expect(outcome).not.toContain('77')
    if (!/file\(/.test(query)) expect(outcome).not.toContain(SECRET)
  })

  test('every table of system is either open to analysts or empty for them', async () => {
    const names = await engine.asService(async (connection) =>
      Buffer.from((await connection.run("select name from system.tables where database = 'system'")).bytes)
        .toString('utf8')
        .trim()
        .split('\n'),
    )
    const tables = [...SYSTEM_TABLES, ...HIDDEN_SYSTEM_TABLES]
    expect(names.filter((name) => !tables.includes(name))).toEqual([])
    for (const name of ['processes', 'named_collections', 'server_settings', 'user_processes', 'grants'])
      expect(await run(`select count() from system.${name}`).catch(() => '0\n'), name).toBe('0\n')
  })

  test('it changed nothing', async () => {
    const sum = await engine.asService(async (connection) =>
      Buffer.from((await connection.run('select sum(amount) from shelfcast.sales')).bytes).toString('utf8'),
    )
    expect(sum).toBe('250\n')
    expect(existsSync(target)).toBe(false)
  })
})
