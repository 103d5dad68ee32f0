/** Roles as a matrix, asked of the server itself: a right is what the server does, not what a function says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askServer, startServer, type WarehouseProcess } from '../../../test/platform/clickhouse.ts'

let server: WarehouseProcess

const ask = (user: string, query: string, url = '') =>
  askServer(server, user, query, { url: Object.fromEntries(new URLSearchParams(url)) })

beforeAll(async () => {
  server = await startServer()
  for (const query of [
    'create database shelfcast',
    'create table shelfcast.sales (id UInt64, amount Int64) engine = MergeTree order by id',
    'insert into shelfcast.sales values (1, 250)',
    'create table default.private (id UInt8) engine = MergeTree order by id',
    'create database curated',
    'create table curated.sales (id UInt64) engine = MergeTree order by id',
    'create database features_build_x',
    'create table features_build_x.half (id UInt64) engine = MergeTree order by id',
  ])
    expect(await ask('shelfcast', query)).toMatchObject({ code: 0 })
}, 60_000)
afterAll(() => server?.stop())

const DENIED = 497
const READONLY = 164

/** query, code for the service user, code for the analyst */
const MATRIX: [string, number, number][] = [
  // reading the warehouse
  ['select sum(amount) from shelfcast.sales', 0, 0],
  ['with 1 as one select one', 0, 0],
  ['from shelfcast.sales select id format JSON', 0, 0],
  ['describe table shelfcast.sales', 0, 0],
  ['exists table shelfcast.sales', 0, 0],
  ['show tables from shelfcast', 0, 0],
  ['show create table shelfcast.sales', 0, 0],
  ['explain select * from shelfcast.sales', 0, 0],
  ['select name from system.columns limit 1', 0, 0],
  ['select * from information_schema.tables limit 1', 0, 0],
  ['select sum(number) from numbers(10)', 0, 0],
  ["select 'system.processes', 's3(' as \"file\"", 0, 0],
  // the curated tables, and what they are made with
  ['select count() from curated.sales', 0, 0],
  ['show tables from curated', 0, 0],
  ['drop table if exists curated.made', 0, DENIED],
  ["select count() from icebergS3(curated, filename = 'x/') settings s3_retry_attempts = 0", 499, DENIED],
  ["select count() from icebergLocal('/etc')", DENIED, DENIED],
  ["create table curated.made engine = IcebergLocal('/etc')", 481, DENIED],
  // writing
  ['insert into shelfcast.sales values (2, 1)', 0, READONLY],
  ['insert into shelfcast.sales format TSV\n3\t1', 0, READONLY],
  ['insert into shelfcast.sales select 4, 1', 0, READONLY],
  ['with x as (select 5 as id, 1 as amount) insert into shelfcast.sales select * from x', 0, READONLY],
  ['create table shelfcast.made (x UInt8) engine = Memory', 0, DENIED],
  ['create temporary table made (x UInt8)', 0, DENIED],
  ['alter table shelfcast.sales delete where id = 9', 0, DENIED],
  ['optimize table shelfcast.sales', 0, DENIED],
  ['truncate table shelfcast.made', 0, DENIED],
  ['drop table shelfcast.made', 0, DENIED],
  ['set max_threads = 1', 0, 0],
  ['select 1 settings max_threads = 1', 0, 0],
  ["select * from shelfcast.sales settings additional_table_filters = {'sales': 'id = 1'}", 0, 0],
  ['system flush logs', 0, DENIED],
  ['kill query where 1 = 0', 0, DENIED],
  ["kill query where query_id = 'of-somebody-else'", 0, DENIED],
  // the server, and what belongs to others
  ['select count() from system.processes', 0, DENIED],
  ['select count() from "system"."processes"', 0, DENIED],
  ['select count() from system . /* */ processes', 0, DENIED],
  ['select * from (select 1 as x) as a, system.named_collections', 0, DENIED],
  ['select count() from shelfcast.sales where id in (select 1 from system.server_settings)', 0, DENIED],
  ['show processlist', 0, DENIED],
  ['show grants', 0, DENIED],
  ["select count() from merge('system', '^processes$')", 0, DENIED],
  ['select {n:UInt32} + 1, {a:Array(String)}, {d:String} limit {n:UInt64}', 456, 0],
  ['select count() from {t:Identifier}', 456, 0],
  ['select count() from system.{s:Identifier}', 456, DENIED],
  ['select * from {d:Identifier}.private', 456, DENIED],
  ['select * from default.private', 0, DENIED],
  ['select * from `default`.`private`', 0, DENIED],
  ['use system', 0, DENIED],
  ['select * from features_build_x.half', 0, DENIED],
  // files and other hosts: closed to everybody where a service does not need them
  ["select * from file('/etc/passwd', 'LineAsString')", DENIED, DENIED],
  ["select file('/etc/passwd')", DENIED, DENIED],
  ["select arrayMap(file, ['/etc/passwd'])", DENIED, DENIED],
  ["select * apply(file) from (select '/etc/passwd')", DENIED, DENIED],
  ['select * from `/etc/passwd`', DENIED, 60],
  ['select * from default.`/etc/passwd`', DENIED, DENIED],
  ["select * from url('http://127.0.0.1:1/', 'LineAsString')", DENIED, DENIED],
  ["select * from remote('127.0.0.1:1', 'system.one')", DENIED, DENIED],
  [
    "select * from s3(lake, filename = 'x', format = 'CSV', structure = 'a String') settings s3_retry_attempts = 0, s3_connect_timeout_ms = 100",
    499,
    DENIED,
  ],
  [
    "select * from \"s3\"(lake, filename = 'x', format = 'CSV', structure = 'a String') settings s3_retry_attempts = 0, s3_connect_timeout_ms = 100",
    499,
    DENIED,
  ],
  ["select 1 into outfile 'result.csv' format CSV", 48, 48],
  ["insert into shelfcast.sales from infile '/etc/passwd' format CSV", 48, 48],
  // tricks of the text
  ['select 1; drop table shelfcast.sales', 62, 62],
  ['select /* /* */ 1 */ 2', 0, 0],
  ['select ‘a’, $x$b$x$', 0, 0],
]

describe('rights', { timeout: 60_000 }, () => {
  test.each(MATRIX)('%s: service %i, analyst %i', async (query, service, analyst) => {
    const asAnalyst = await ask(
      'analyst',
      query,
      'param_n=1&param_a=[]&param_t=sales&param_s=processes&param_d=default',
    )
    expect(asAnalyst.code, asAnalyst.text).toBe(analyst)
    const asService = await ask('shelfcast', query)
    expect(asService.code, asService.text).toBe(service)
  })

  test('an analyst changed nothing', async () => {
    // The statements of the service user above inserted ids 2 to 5.
    expect((await ask('analyst', 'select count(), max(id) from sales')).text).toBe('5\t5\n')
  })

  test('an analyst sees the databases that are open to analysts', async () => {
    const { text } = await ask('analyst', 'show databases')
    expect(text.trim().split('\n').sort()).toEqual(['curated', 'shelfcast'])
    expect((await ask('analyst', "select count() from system.tables where name = 'half'")).text).toBe('0\n')
  })

  test('an analyst who names no database reads shelfcast, and may not choose system', async () => {
    expect((await ask('analyst', 'select currentDatabase()')).text).toBe('shelfcast\n')
    expect((await ask('analyst', 'select currentDatabase()', 'database=default')).text).toBe('shelfcast\n')
    expect((await ask('analyst', 'select 1', 'database=system')).code).toBe(DENIED)
  })

  test('an analyst may set limits and formats, not the memory cap nor what is experimental', async () => {
    expect(
      (await ask('analyst', 'select 1 / 3', 'max_execution_time=5&output_format_csv_crlf_end_of_line=1'))
        .code,
    ).toBe(0)
    // log_comment is the gateway's own and passed over for everybody.
    const codes = { 'log_comment=x': 0, 'readonly=2': 0, 'readonly=0': READONLY }
    for (const [setting, expected] of Object.entries({
      ...codes,
      'allow_introspection_functions=1': READONLY,
    }))
      expect((await ask('analyst', 'select 1', setting)).code, setting).toBe(expected)
  })

  test.each([
    ['max_execution_time', 10, [0, 301, 100_000]],
    ['max_memory_usage', 100_000_000, [0, 2_000_000_000]],
    ['max_result_rows', 5, [0, 10_000_001]],
    ['max_threads', 1, [3, 64]],
  ])('the ceiling %s can be lowered to %i and never be raised', async (name, lower, higher) => {
    const value = `select getSetting('${name}')`
    expect((await ask('analyst', `${value} settings ${name} = ${lower}`)).text).toBe(`${lower}\n`)
    expect((await ask('analyst', value, `${name}=${lower}`)).text).toBe(`${lower}\n`)
    for (const more of higher) {
      expect((await ask('analyst', `${value} settings ${name} = ${more}`)).code).toBe(452)
      expect((await ask('analyst', value, `${name}=${more}`)).code).toBe(452)
    }
    expect((await ask('analyst', `${value} settings ${name} = default`)).code).toBe(DENIED)
  })

  test("nobody reads the lake's keys", async () => {
    const { text } = await ask('shelfcast', 'select * from system.named_collections')
    expect(text).toContain('lake')
    expect(text).not.toContain('lake-secret')
  })

  test('a query is held to its memory cap, also against its own wish', async () => {
    const { code } = await ask('shelfcast', 'select 1 settings max_memory_usage = 100000000000')
    expect(code).toBe(452)
  })
})
