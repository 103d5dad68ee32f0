/** Native blocks for clients that give a revision, held against the blocks without it, whose columns are selected singly. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../../../test/platform/clickhouse.ts'
import { frameResult } from './native-frames.ts'

/** As SQL over `number`, 0 to 3; written in one of three ways. */
const DYNAMIC = [
  "multiIf(number = 1, 'a'::Dynamic, number = 2, toUInt16(number)::Dynamic, null)",
  "multiIf(number = 1, 'a'::Dynamic, number = 2, range(number)::Dynamic, number = 3, 'b'::Dynamic, null)",
  `concat('{"a":1,"b":{"c":"', toString(number), '"},"d":[1]}')::JSON(a UInt8, max_dynamic_paths = 1, SKIP e)`,
]
const WAYS = ['write_json_as_string', 'use_flattened_dynamic_and_json_serialization'] as const

/** As SQL over `number`, 0 to 3. */
const COLUMNS = [
  ...'UInt8 UInt16 UInt32 UInt64 UInt128 UInt256 Int8 Int16 Int32 Int64 Int128 Int256'.split(' '),
  ...'Float32 Float64 BFloat16 Bool String Date Date32 DateTime DateTime64(3) IPv4'.split(' '),
  'Decimal(9, 2)',
  'Decimal(18, 2)',
  'Decimal(38, 2)',
  'Decimal(76, 2)',
  'LowCardinality(String)',
]
  .map((type) => `number::${type}`)
  .concat(
    "toTime('01:02:03')",
    "toTime64('01:02:03', 3)",
    'reinterpretAsUUID(number)',
    "'::1'::IPv6",
    "toFixedString('abc', 5)",
    "['it''s)', '`,('][number % 2 + 1]::Enum8('it''s)' = 1, '`,(' = 2)",
    "'a'::Enum16('a' = 1, 'b' = 300)",
    'interval number day',
    "repeat('long', number * 100)",
    'null',
    'tuple()',
    '[]',
    'nullIf(number, 1)',
    "nullIf(toString(number), '1')",
    'range(number)',
    'arrayMap(x -> arrayMap(y -> toString(y), range(x)), range(number))',
    'arrayMap(x -> nullIf(x, 1), range(number))::Array(LowCardinality(Nullable(String)))',
    '[]::Array(LowCardinality(String))',
    "map('a', number, 'b', number + 1)",
    "map('a', range(number))::Map(LowCardinality(String), Array(UInt8))",
    "(number, 'a', range(number))::Tuple(UInt8, String, Array(UInt8))",
    "(number, ['a'])::Tuple(a UInt8, `b, (c` Array(LowCardinality(String)))",
    "[(number, 'a')]::Nested(a UInt8, b LowCardinality(String))",
    '(number, 1)::Point',
    '[(number, 1)]::Ring',
    '[(number, 1)]::LineString',
    '[[(number, 1)]]::MultiLineString',
    '[[(number, 1)]]::Polygon',
    '[[[(number, 1)]]]::MultiPolygon',
    '[[(number, 1)]]::Polygon::Geometry',
    '1::SimpleAggregateFunction(sum, UInt64)',
    '[number, 2]::Array(Float32)::QBit(Float32, 2)',
    "multiIf(number = 1, 'a'::Variant(String, UInt64), number = 2, number::Variant(String, UInt64), null)",
    ...DYNAMIC,
  )

const BLOCK_INFO = Buffer.from('010002ffffffff00', 'hex')
const CLICKHOUSE_GO = 54_460
const CLICKHOUSE_CONNECT = 54_405

let server: WarehouseProcess
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server?.stop())

async function ask(query: string, settings: Record<string, string | number> = {}): Promise<Response> {
  const url = new URL(server.url)
  for (const [name, value] of Object.entries({ default_format: 'Native', ...settings }))
    url.searchParams.set(name, String(value))
  return fetch(url, {
    method: 'POST',
    body: query,
    headers: { 'X-ClickHouse-User': 'shelfcast', 'X-ClickHouse-Key': server.password },
  })
}

async function native(query: string, settings: Record<string, string | number> = {}): Promise<Buffer> {
  const response = await ask(query, settings)
  if (!response.ok) throw new Error(await response.text())
  return Buffer.from(await response.arrayBuffer())
}

/** Between the block's two counts and its end: name, type, what `between` says, data. */
function column(block: Buffer, between: Buffer): Buffer {
  const typeBegins = 2 + 1 + block[2]!
  const typeEnds = typeBegins + 1 + block[typeBegins]!
  return Buffer.concat([block.subarray(2, typeEnds), between, block.subarray(typeEnds)])
}

async function framed(chunks: Iterable<Buffer>, revision: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of frameResult(chunks, 'Native', revision)) parts.push(part)
  return Buffer.concat(parts)
}

const bytesOf = function* (bytes: Buffer) {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

async function compare(columns: string[], settings: Record<string, string | number> = {}) {
  const list = columns.map((sql, index) => `${sql} as c${index}`)
  const single: Buffer[] = []
  for (const sql of list) single.push(await native(`select ${sql} from numbers(4)`, settings))
  const query = `select ${list.join(', ')} from numbers(4)`
  const plain = await native(query, settings)
  for (const revision of [CLICKHOUSE_CONNECT, CLICKHOUSE_GO]) {
    const between = Buffer.alloc(revision === CLICKHOUSE_GO ? 1 : 0)
    const expected = Buffer.concat([
      BLOCK_INFO,
      Buffer.from([list.length, 4]),
      ...single.map((block) => column(block, between)),
    ])
    expect(await native(query, { ...settings, client_protocol_version: revision })).toEqual(expected)
    // However the blocks are cut into chunks.
    const twice = bytesOf(Buffer.concat([plain, plain]))
    expect(await framed(twice, revision)).toEqual(Buffer.concat([expected, expected]))
  }
}

test('blocks of all types get what each revision reads', () => compare(COLUMNS))

test.each(WAYS)('JSON with %s too', (way) => compare(DYNAMIC, { [`output_format_native_${way}`]: 1 }))

test('every block of a long result is framed; without a revision, or in another format, nothing is', async () => {
  const query = 'select number, toString(number) as text from numbers(60000)'
  const plain = await native(query, { max_block_size: 15_000 })
  const settings = { max_block_size: 15_000, client_protocol_version: CLICKHOUSE_GO }
  const blocks = 4
  expect((await native(query, settings)).length).toBe(plain.length + blocks * (BLOCK_INFO.length + 2))
  expect(plain.equals(await native(query, { ...settings, client_protocol_version: 0 }))).toBe(true)
  const rows = await ask('select 1 format TSV', settings)
  expect(await rows.text()).toBe('1\n')
  expect(await native('select 1 limit 0', settings)).toHaveLength(0)
})

test('a chunk is asked for when the one before has been taken', async () => {
  const plain = await native('select number from numbers(1000)')
  let given = 0
  const source = function* () {
    for (const byte of bytesOf(plain)) {
      given++
      yield byte
    }
  }
  const reader = frameResult(source(), 'Native', CLICKHOUSE_GO)
  if (!(Symbol.asyncIterator in reader)) throw new Error('the result is not framed')
  const parts = reader[Symbol.asyncIterator]()
  await parts.next()
  await parts.next()
  expect(given).toBe(2)
})

test('a column whose end is not known is refused by name, with the fix; the warehouse goes on', async () => {
  const settings = { client_protocol_version: CLICKHOUSE_GO }
  const state = await ask('select number, sumState(number) as total from numbers(3) group by 1', settings)
  expect(state.status).toBe(501)
  expect(await state.text()).toMatch(
    /Column total has the type AggregateFunction\(sum, UInt64\).*finalizeAggregation\(total\)/,
  )
  expect((await native('select sumState(number) as total from numbers(3)')).length).toBeGreaterThan(0)
  const binary = await ask("select 'A' as name, 1 as x", {
    ...settings,
    output_format_native_encode_types_in_binary_format: 1,
  })
  expect(await binary.text()).toMatch(/blocks of the result are not laid out.*encode_types_in_binary_format/)
  const old = await ask("select toLowCardinality('a') as word from numbers(2)", {
    client_protocol_version: 54_400,
  })
  expect(await old.text()).toMatch(/Column word is LowCardinality.*client_protocol_version=54405/)
  expect(await (await ask('select 1 format TSV')).text()).toBe('1\n')
})
