/** The writer is ours, so it is held to what readers of others find in its files. */
import type { Column } from '@shelfcast/contracts/lake'
import { BLOCK_COLUMNS } from '@shelfcast/contracts/lake'
import fc from 'fast-check'
import { parquetMetadata, parquetSchema } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ALL_TYPES,
  blockOf,
  type Cell,
  type Row,
  readWithArrow,
  readWithHyparquet,
  readWithPython,
  readWithWarehouse,
} from '../../../../test/ingest/parquet.ts'
import { startServer, type WarehouseProcess } from '../../../../test/platform/clickhouse.ts'
import { BlockColumns } from '../columns.ts'
import { encodeColumns } from './encode.ts'
import { readColumns, readMetadata } from './read.ts'

let server: WarehouseProcess
beforeAll(async () => {
  server = await startServer({ CLICKHOUSE_DATABASE: 'default' })
}, 60_000)
afterAll(() => server?.stop())

/** Set by the test command, which installs the packages; by hand: platform/clickhouse/README.md. */
const python = process.env.SHELFCAST_TEST_PYTHON
if (!python)
  console.warn(
    'SKIPPED: pyarrow and DuckDB. Run `npm test`, or set SHELFCAST_TEST_PYTHON to a Python with test/clients/requirements.txt.',
  )

/** What was written, with the number of each row. */
function numbered(rows: readonly Omit<Row, 'row'>[]): Row[] {
  return rows.map((cells, row) => ({ row: String(row), ...cells }))
}

async function expectReadBack(columns: readonly Column[], rows: readonly Omit<Row, 'row'>[]): Promise<void> {
  const body = encodeColumns(blockOf(columns, rows), {})
  const expected = numbered(rows)
  expectSame(await readWithHyparquet(body, columns), expected)
  expectSame(await readWithArrow(body, columns), expected)
  expectSame(await readWithWarehouse(server, body, columns), expected)
}

/** Shows the first row that differs: a difference of hundred thousands of rows takes minutes to make. */
function expectSame(actual: readonly Row[], expected: readonly Row[]): void {
  const names = Object.keys(expected[0] ?? {})
  const row = expected.findIndex((cells, at) => names.some((name) => actual[at]?.[name] !== cells[name]))
  if (row >= 0) expect({ row, ...actual[row] }).toEqual({ row, ...expected[row] })
  expect(actual.length).toBe(expected.length)
}

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }
const decimal = (least: number, largest: number) => fc.integer({ min: least, max: largest }).map(String)
const exact = fc.oneof(
  decimal(-(2 ** 53) + 1, 2 ** 53 - 1),
  decimal(-300, 300),
  fc.constantFrom(String(2 ** 53 - 1), String(-(2 ** 53) + 1), '0', String(2 ** 52), String(2 ** 31)),
)
/** Years 1900 to 2299: what ClickHouse has days for. JavaScript's times end before 2^53. */
const day = decimal(-25_567, 120_529)
const instant = fc.oneof(
  decimal(-8_640_000_000_000_000, 8_640_000_000_000_000),
  decimal(1.79e12, 1.79e12 + 9_999),
)
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 70 }), fc.constantFrom('', 'S1', 'Käse', '😀'))
const int32 = fc.oneof(decimal(INT32.min, INT32.max), decimal(-9, 9))
const CELLS: Record<string, fc.Arbitrary<Cell>> = {
  word: text,
  text: fc.option(text),
  number: int32,
  small: fc.option(int32),
  position: exact,
  amount: fc.option(exact),
  hash: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  instant: fc.option(instant),
  day: fc.option(day),
  bytes: fc.option(fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes).toString('hex'))),
}

/** Cells that come again and again, in runs and in turns, so that every way of packing is taken. */
function cellsOf(cell: fc.Arbitrary<Cell>, rows: number): fc.Arbitrary<Cell[]> {
  const run = fc.tuple(fc.nat({ max: 9 }), fc.constantFrom(1, 1, 2, 5, 8, 30, 100))
  return fc
    .tuple(fc.array(cell, { minLength: 1, maxLength: 10 }), fc.array(run, { minLength: 1, maxLength: 40 }))
    .map(([cells, runs]) => {
      const column: Cell[] = []
      for (let turn = 0; column.length < rows; turn++) {
        const [run, length] = runs[turn % runs.length]!
        for (let at = 0; at < length; at++) column.push(cells[run % cells.length]!)
      }
      return column.slice(0, rows)
    })
}

function anyRows(cells: Record<string, fc.Arbitrary<Cell>>): fc.Arbitrary<Row[]> {
  return fc
    .oneof(fc.constantFrom(0, 1, 7, 8, 9), fc.nat({ max: 600 }))
    .chain((rows) =>
      fc.record(Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, cellsOf(cell, rows)]))),
    )
    .map((columns) =>
      columns.word!.map((_, row) =>
        Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[row]!])),
      ),
    )
}

test('any cells are read back by hyparquet, by arrow-rs and by ClickHouse', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anyRows(CELLS), (rows) => expectReadBack(ALL_TYPES, rows)),
    { numRuns: 60, seed: 9 },
  )
})

describe('where the widths of packed numbers change', () => {
  const columns = ALL_TYPES.filter(({ name }) => ['row', 'word', 'text', 'number', 'amount'].includes(name))

  /** So many texts and so many numbers, each twice and in no order; every seventh is null where it may be. */
  const rowsOf = (entries: number) =>
    Array.from({ length: 2 * entries }, (_, row) => {
      const entry = String((row * 7919) % entries)
      const maybe = row % 7 === 0 ? null : entry
      return { word: entry, text: maybe, number: entry, amount: maybe }
    })

  test.each([1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 4096, 4097])('%i entries', async (entries) => {
    await expectReadBack(columns, rowsOf(entries))
  })

  test.each([65_536, 70_000])('%i entries, over several pages', { timeout: 60_000 }, async (entries) => {
    const two = columns.filter(({ name }) => ['row', 'text', 'amount'].includes(name))
    await expectReadBack(
      two,
      rowsOf(entries).map(({ text, amount }) => ({ text, amount })),
    )
  })
})

test('pages without any value, between pages with some', { timeout: 60_000 }, async () => {
  const columns = ALL_TYPES.filter(({ name }) => ['row', 'text', 'amount', 'hash', 'bytes'].includes(name))
  // given 140,000 rows, of which only the first and the last have values
  const cells = (row: number) => {
    if (row > 2 && row < 139_998) return { text: null, amount: null, hash: null, bytes: null }
    const far = String(row * 2 ** 33)
    return { text: `t${row % 2}`, amount: far, hash: far, bytes: '00ff' }
  }
  await expectReadBack(
    columns,
    Array.from({ length: 140_000 }, (_, row) => cells(row)),
  )
})

test('large payloads are spread over pages', async () => {
  const columns = ALL_TYPES.filter(({ name }) => ['row', 'bytes'].includes(name))
  const payload = (row: number) => Buffer.alloc(300_000, row).toString('hex')
  await expectReadBack(
    columns,
    Array.from({ length: 12 }, (_, row) => ({ bytes: row % 3 === 0 ? null : payload(row) })),
  )
})

test('a dictionary may hold a text twice, and one that no row names', async () => {
  const columns = ALL_TYPES.filter(({ name }) => ['row', 'word'].includes(name))
  const block = blockOf(columns, [])
  const word = block.text('word')
  const utf8 = new TextEncoder().encode('twice unused ')
  const view = new DataView(utf8.buffer)
  const entries = [word.append(view, 0, 5), word.append(view, 6, 12), word.append(view, 0, 5)]
  for (const entry of [0, 2, 2, 0, 2]) {
    word.indices[block.rows] = entries[entry]!
    block.int32('row').values[block.rows] = block.rows
    block.rows++
  }
  const body = encodeColumns(block, {})
  const expected = numbered(Array.from({ length: 5 }, () => ({ word: 'twice' })))
  expect(await readWithHyparquet(body, columns)).toEqual(expected)
  expect(await readWithArrow(body, columns)).toEqual(expected)
  expect(await readWithWarehouse(server, body, columns)).toEqual(expected)
})

test('a row that was begun and given up leaves nothing', async () => {
  const columns = ALL_TYPES.filter(({ name }) => ['row', 'small', 'text'].includes(name))
  const block = blockOf(columns, [{ small: '1', text: 'a' }])
  block.int32('small').setNull(1)
  block.text('text').setNull(1)
  const body = encodeColumns(block, {})
  expect(await readWithArrow(body, columns)).toEqual([{ row: '0', small: '1', text: 'a' }])
})

test.skipIf(!python)('pyarrow and DuckDB read the same', { timeout: 60_000 }, async () => {
  // Python's times end with the year 9999.
  const some = anyRows({ ...CELLS, instant: fc.option(decimal(-6e13, 2.5e14)) })
  const pages = Array.from({ length: 70_000 }, (_, row) => ({
    word: `w${row % 66_000}`,
    text: row % 2 ? null : `t${row % 257}`,
    number: String(row % 256),
    small: null,
    position: String(row >> 3),
    amount: String(row * 2 ** 30),
    hash: null,
    instant: String(1_790_000_000_000 + row),
    day: '-1',
    bytes: row === 69_000 ? '00' : null,
  }))
  const blocks = [[], pages, ...fc.sample(some, { numRuns: 6, seed: 10 })]
  const bodies = blocks.map((rows) => encodeColumns(blockOf(ALL_TYPES, rows), {}))
  const actual = await readWithPython(python!, bodies)
  for (const [index, rows] of blocks.entries()) {
    expectSame(actual[index]!.pyarrow, numbered(rows))
    expectSame(actual[index]!.duckdb, numbered(rows))
  }
})

describe('what the footer says', () => {
  const metadata = { 'begin-offset': '40', note: 'Käse 😀', empty: '' }
  const rows = [
    { ...cells(), number: '-7', amount: null, instant: '1790000000000' },
    { ...cells(), number: '1000000', amount: '-5', instant: '1789999999999' },
  ]
  function cells() {
    return {
      word: 'a',
      text: null,
      small: null,
      position: '9007199254740991',
      hash: '-1',
      day: '-1',
      bytes: null,
    }
  }

  test('the key-value pairs', () => {
    expect(readMetadata(encodeColumns(blockOf(ALL_TYPES, rows), metadata))).toEqual(metadata)
    expect(readMetadata(encodeColumns(blockOf(ALL_TYPES, []), metadata))).toEqual(metadata)
  })

  test('the types that the contract names, nullable or not', () => {
    const body = encodeColumns(new BlockColumns(BLOCK_COLUMNS['sales-transactions']), {})
    const { children } = parquetSchema(parquetMetadata(new Uint8Array(body).buffer))
    const actual = Object.fromEntries(
      children.map(({ element: { name, type, repetition_type, logical_type } }) => [
        name,
        [type, repetition_type, logical_type],
      ]),
    )
    expect(Object.keys(actual)).toEqual(BLOCK_COLUMNS['sales-transactions'].map(({ name }) => name))
    const utc = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' }
    expect(actual).toMatchObject({
      topic: ['BYTE_ARRAY', 'REQUIRED', { type: 'STRING' }],
      partition: ['INT32', 'REQUIRED', undefined],
      offset: ['INT64', 'REQUIRED', undefined],
      id_hash: ['INT64', 'OPTIONAL', undefined],
      payload: ['BYTE_ARRAY', 'OPTIONAL', undefined],
      event_time: ['INT64', 'OPTIONAL', utc],
      business_date: ['INT32', 'OPTIONAL', { type: 'DATE' }],
    })
  })

  test('least and largest numbers, by which readers skip, and how many are null', () => {
    const body = encodeColumns(blockOf(ALL_TYPES, rows), {})
    const { row_groups } = parquetMetadata(new Uint8Array(body).buffer)
    const statistics = new Map(
      row_groups[0]!.columns.map(({ meta_data }) => [meta_data!.path_in_schema[0], meta_data!.statistics]),
    )
    expect(statistics.get('number')).toMatchObject({ min_value: -7, max_value: 1_000_000, null_count: 0n })
    expect(statistics.get('amount')).toMatchObject({ min_value: -5n, max_value: -5n, null_count: 1n })
    expect(statistics.get('instant')).toMatchObject({
      min_value: new Date(1_789_999_999_999),
      max_value: new Date(1_790_000_000_000),
    })
    expect(statistics.get('small')).toMatchObject({ null_count: 2n })
  })

  test('a column that may not be null and is says so, with the column', () => {
    const block = blockOf(ALL_TYPES, rows)
    block.int32('number').setNull(1)
    expect(() => encodeColumns(block, {})).toThrow(/Column "number" .* 1 of its rows have no value/)
  })
})

describe('reading some columns', () => {
  const body = encodeColumns(blockOf(ALL_TYPES, [{ ...nothing(), word: 'a' }]), {})
  function nothing() {
    return Object.fromEntries(Object.keys(CELLS).map((name) => [name, '0']))
  }

  test('leaves the others out', async () => {
    expect((await readColumns(body, ['word', 'hash'])).schema.names).toEqual(['word', 'hash'])
  })

  test('tells of one that is not there, and of bytes that are not Parquet', async () => {
    await expect(readColumns(body, ['nope'])).rejects.toThrow('Column nope not found in table')
    await expect(readColumns(body.subarray(0, 50), ['word'])).rejects.toThrow('Invalid Parquet file')
  })
})
