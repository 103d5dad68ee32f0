/** Blocks of any cells, and what the readers of the field find in them: each answers in the same plain cells. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import type { Column } from '@shelfcast/contracts/lake'
import { BlockColumns } from '@shelfcast/ingest/stream/columns'
import { readColumns } from '@shelfcast/ingest/stream/parquet/read'
import { parquetReadObjects } from 'hyparquet'
import type { WarehouseProcess } from '../platform/clickhouse.ts'

/** Text as itself, all else as text: numbers in decimal, bytes in hex; times in milliseconds and days since 1970. */
export type Cell = string | null
export type Row = Record<string, Cell>

const column = (name: string, type: Column['type']): Column => ({ name, type, nullable: false })
const optional = (name: string, type: Column['type']): Column => ({ name, type, nullable: true })

/** Each type of column that a block can have, and `row` to put the rows in order. */
export const ALL_TYPES: readonly Column[] = [
  column('row', 'int32'),
  column('word', 'utf8'),
  optional('text', 'utf8'),
  column('number', 'int32'),
  optional('small', 'int32'),
  column('position', 'int64'),
  optional('amount', 'int64'),
  optional('hash', 'hash64'),
  optional('instant', 'timestamp_ms'),
  optional('day', 'date'),
  optional('bytes', 'binary'),
]

/** @param rows one cell for each column but `row` */
export function blockOf(columns: readonly Column[], rows: readonly Omit<Row, 'row'>[]): BlockColumns {
  const block = new BlockColumns(columns)
  for (const cells of rows) {
    block.reserve(1)
    const row = block.rows
    for (const { name, type } of columns)
      setCell(block, name, type, row, name === 'row' ? String(row) : cells[name]!)
    block.rows++
  }
  return block
}

function setCell(block: BlockColumns, name: string, type: Column['type'], row: number, cell: Cell): void {
  if (cell === null) {
    const data = block.column(name)
    if ('setNull' in data) data.setNull(row)
  } else if (type === 'utf8') block.text(name).indices[row] = block.text(name).internText(cell)
  else if (type === 'binary') block.binary(name).set(row, Buffer.from(cell, 'hex'))
  else if (type === 'hash64') {
    const bits = BigInt.asUintN(64, BigInt(cell))
    block.hash64(name).set(row, Number(bits & 0xffffffffn), Number(bits >> 32n))
  } else if (type === 'int32' || type === 'date') block.int32(name).values[row] = Number(cell)
  else block.int64(name).values[row] = Number(cell)
}

/** hyparquet: the format in plain JavaScript. */
export async function readWithHyparquet(body: Uint8Array, columns: readonly Column[]): Promise<Row[]> {
  const rows = await parquetReadObjects({
    file: new Uint8Array(body).buffer,
    utf8: false,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
  })
  return rows.map((row) => plainRow(columns, (name) => row[name]))
}

/** parquet-wasm: the readers of Rust, by which the platform itself reads blocks. */
export async function readWithArrow(body: Uint8Array, columns: readonly Column[]): Promise<Row[]> {
  const table = await readColumns(
    body,
    columns.map(({ name }) => name),
  )
  return table.toArray().map((row) => plainRow(columns, (name) => row[name]))
}

function plainRow(columns: readonly Column[], cell: (name: string) => unknown): Row {
  return Object.fromEntries(columns.map(({ name, type }) => [name, plainCell(type, cell(name))]))
}

function plainCell(type: Column['type'], cell: unknown): Cell {
  if (cell === null || cell === undefined) return null
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex')
  const number = cell instanceof Date ? cell.getTime() : cell
  return String(type === 'date' ? Number(number) / 86_400_000 : number)
}

const WAREHOUSE_TYPES: Record<Column['type'], string> = {
  utf8: 'String',
  int32: 'Int32',
  int64: 'Int64',
  hash64: 'Int64',
  timestamp_ms: "DateTime64(3, 'UTC')",
  date: 'Date32',
  binary: 'String',
}

/** Columns of a table that holds the rows of a block. */
export function tableColumns(columns: readonly Column[]): string {
  const types = columns.map(({ name, type, nullable }) => {
    const inner = WAREHOUSE_TYPES[type]
    return `${name} ${nullable ? `Nullable(${inner})` : inner}`
  })
  return types.join(', ')
}

/** @returns what the embedded ClickHouse answers */
export async function askWarehouse(
  server: WarehouseProcess,
  query: string,
  content: Uint8Array | string = '',
): Promise<string> {
  const response = await fetch(`${server.url}/?query=${encodeURIComponent(query)}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': 'shelfcast', 'X-ClickHouse-Key': server.password },
    body: content as Uint8Array<ArrayBuffer> | string,
  })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}

/** The embedded ClickHouse, which is what loads blocks. */
export async function readWithWarehouse(
  server: WarehouseProcess,
  body: Uint8Array,
  columns: readonly Column[],
): Promise<Row[]> {
  const cells = columns.map(({ name, type }) => {
    if (type === 'binary') return `lower(hex(${name}))`
    if (type === 'timestamp_ms') return `toString(toUnixTimestamp64Milli(${name}))`
    return type === 'date' ? `toString(toInt32(${name}))` : `toString(${name})`
  })
  await askWarehouse(server, `create or replace table read_back (${tableColumns(columns)}) engine = Memory`)
  await askWarehouse(server, 'insert into read_back format Parquet', body)
  const text = await askWarehouse(
    server,
    `select ${cells.join(', ')} from read_back order by row format JSONCompactEachRow`,
  )
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const values = JSON.parse(line) as Cell[]
      return Object.fromEntries(columns.map(({ name }, index) => [name, values[index]!]))
    })
}

/** pyarrow and DuckDB. @returns what each of them found in each file */
export async function readWithPython(
  python: string,
  bodies: readonly Uint8Array[],
): Promise<{ pyarrow: Row[]; duckdb: Row[] }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-parquet-'))
  try {
    const files = bodies.map((body, index) => {
      const file = join(folder, `${index}.parquet`)
      writeFileSync(file, body)
      return file
    })
    const program = fileURLToPath(new URL('read_back.py', import.meta.url))
    const { stdout } = await promisify(execFile)(python, [program, ...files], { maxBuffer: 2 ** 28 })
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
