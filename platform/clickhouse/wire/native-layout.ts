/**
 * Where the data of a column ends in a Native block, by its type: first what the whole type has in front, then its
 * values. Source: ClickHouse's serializations (SerializationArray, -LowCardinality, -Variant, -Dynamic, -Object).
 */
import type { Reading, Tape } from './native-tape.ts'

/** Reads past the values of a number of rows. */
type Values = (tape: Tape, rows: number) => Reading

/** Reads past what stands before the values, and says how these are laid out. */
export type Layout = (tape: Tape) => Reading<Values>

/** A type whose values have no end that the type tells. */
export class EndlessType extends Error {}

/** Bytes a value. */
const SIZES: Record<string, number> = {
  Bool: 1,
  Int8: 1,
  Int16: 2,
  Int32: 4,
  Int64: 8,
  Int128: 16,
  Int256: 32,
  UInt8: 1,
  UInt16: 2,
  UInt32: 4,
  UInt64: 8,
  UInt128: 16,
  UInt256: 32,
  BFloat16: 2,
  Float32: 4,
  Float64: 8,
  Date: 2,
  Date32: 4,
  DateTime: 4,
  DateTime64: 8,
  Time: 4,
  Time64: 8,
  UUID: 16,
  IPv4: 4,
  IPv6: 16,
  Enum8: 1,
  Enum16: 2,
  // Written as the character 0 for each row.
  Nothing: 1,
}

const NAMED: Record<string, string> = {
  Point: 'Tuple(Float64, Float64)',
  Ring: 'Array(Point)',
  LineString: 'Array(Point)',
  MultiLineString: 'Array(LineString)',
  Polygon: 'Array(Ring)',
  MultiPolygon: 'Array(Polygon)',
  Geometry: 'Variant(LineString, MultiLineString, MultiPolygon, Point, Polygon, Ring)',
}

/** The most digits of a Decimal, and its bytes. */
const DECIMALS = [
  [9, 4],
  [18, 8],
  [38, 16],
  [76, 32],
] as const

const VARIANT_NULL = 255
const SHARED_VARIANT = 'SharedVariant'

/** Bits of what stands before the values of a LowCardinality column. */
const HAS_DICTIONARY = 0x200
const INDEX_SIZES = [1, 2, 4, 8] as const

/** @throws EndlessType */
export function layoutOf(type: string): Layout {
  const { name, parts } = split(type)
  const first = () => layoutOf(parts[0] ?? '')
  const size = SIZES[name]
  if (size !== undefined) return fixed(size)
  if (NAMED[name]) return layoutOf(NAMED[name])
  if (name.startsWith('Interval')) return fixed(8)
  if (name === 'String' || name === SHARED_VARIANT) return texts
  if (name === 'FixedString') return fixed(Number(parts[0]))
  if (name === 'Decimal') return fixed(DECIMALS.find(([digits]) => Number(parts[0]) <= digits)![1])
  if (name === 'Nullable') return nullable(first())
  if (name === 'Array') return array(first())
  if (name === 'Map') return array(sequence(parts.map(layoutOf)))
  if (name === 'Nested') return array(sequence(parts.map(elementLayout)))
  // An empty one is written as a character for each row.
  if (name === 'Tuple') return parts.length === 0 ? fixed(1) : sequence(parts.map(elementLayout))
  if (name === 'LowCardinality') return lowCardinality(parts[0] ?? '')
  if (name === 'SimpleAggregateFunction') return layoutOf(parts[1] ?? '')
  if (name === 'Variant') return variant(parts)
  if (name === 'Dynamic') return dynamic
  if (name === 'JSON') return json(parts)
  if (name === 'QBit') return fixed(SIZES[parts[0]!]! * 8 * Math.ceil(Number(parts[1]) / 8))
  throw new EndlessType(type)
}

const whole = (values: Values): Layout =>
  // biome-ignore lint/correctness/useYield: nothing stands before the values
  function* () {
    return values
  }

const fixed = (size: number) => whole((tape, rows) => tape.skip(rows * size))
const texts = whole((tape, rows) => tape.skipTexts(rows))

function sequence(elements: Layout[]): Layout {
  return function* (tape) {
    const all: Values[] = []
    for (const element of elements) all.push(yield* element(tape))
    return function* (_, rows) {
      for (const values of all) yield* values(tape, rows)
    }
  }
}

function nullable(element: Layout): Layout {
  return function* (tape) {
    const values = yield* element(tape)
    return function* (_, rows) {
      yield* tape.skip(rows)
      yield* values(tape, rows)
    }
  }
}

function array(element: Layout): Layout {
  return function* (tape) {
    const values = yield* element(tape)
    return function* (_, rows) {
      if (rows === 0) return
      yield* tape.skip((rows - 1) * 8)
      // Where the last array ends.
      yield* values(tape, yield* tape.uint64())
    }
  }
}

function lowCardinality(type: string): Layout {
  const { name, parts } = split(type)
  // The dictionary is without NULL, which is its first entry.
  const element = layoutOf(name === 'Nullable' ? (parts[0] ?? '') : type)
  return function* (tape) {
    yield* tape.skip(8)
    const values = yield* element(tape)
    return function* (_, rows) {
      if (rows === 0) return
      const kind = yield* tape.uint64()
      if (kind & HAS_DICTIONARY) yield* values(tape, yield* tape.uint64())
      yield* tape.skip((yield* tape.uint64()) * INDEX_SIZES[(kind & 3) as 0 | 1 | 2 | 3])
    }
  }
}

/** @param types in the order of their discriminators */
function variant(types: readonly string[]): Layout {
  return function* (tape) {
    // One that says how discriminators are written; 0, one for each row, is all that leaves the engine in this format.
    yield* tape.skip(8)
    const all: Values[] = []
    for (const type of types) all.push(yield* layoutOf(type)(tape))
    return function* (_, rows) {
      const counts = new Array<number>(all.length).fill(0)
      for (let row = 0; row < rows; row++) {
        const discriminator = yield* tape.byte()
        if (discriminator !== VARIANT_NULL) counts[discriminator]!++
      }
      for (const [index, values] of all.entries()) yield* values(tape, counts[index]!)
    }
  }
}

const DYNAMIC = { limited: 1, free: 2, flat: 3 } as const

/** The types that occur are named before the values. */
function* dynamic(tape: Tape): Reading<Values> {
  const version = yield* tape.uint64()
  if (version === DYNAMIC.limited) yield* tape.varint()
  const types = yield* names(tape)
  if (version !== DYNAMIC.flat) return yield* variant([...types, SHARED_VARIANT].sort(byBytes))(tape)
  const all: Values[] = []
  for (const type of types) all.push(yield* layoutOf(type)(tape))
  const size = types.length < 2 ** 8 ? 1 : types.length < 2 ** 16 ? 2 : 4
  return function* (_, rows) {
    const counts = new Array<number>(all.length + 1).fill(0)
    for (let row = 0; row < rows; row++) counts[(yield* tape.bytes(size)).readUIntLE(0, size)]!++
    for (const [index, values] of all.entries()) yield* values(tape, counts[index]!)
  }
}

const JSON_VERSION = { limited: 0, text: 1, free: 2, flat: 3 } as const
const PATHS_WITHOUT_COLUMN = 'Array(Tuple(String, String))'

function json(parts: readonly string[]): Layout {
  const typed = parts.filter((part) => !/^(max_dynamic_(paths|types)\s*=|SKIP\s)/.test(part))
  return function* (tape) {
    const version = yield* tape.uint64()
    if (version === JSON_VERSION.text) return yield* texts(tape)
    if (version === JSON_VERSION.limited) yield* tape.varint()
    const paths = yield* names(tape)
    const columns = [...typed.map(elementLayout), ...paths.map(() => dynamic)]
    if (version !== JSON_VERSION.flat) columns.push(layoutOf(PATHS_WITHOUT_COLUMN))
    return yield* sequence(columns)(tape)
  }
}

function* names(tape: Tape): Reading<string[]> {
  const list: string[] = []
  for (let rest = yield* tape.varint(); rest > 0; rest--) list.push(yield* tape.text())
  return list
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Of an element with or without a name before its type. */
function elementLayout(text: string): Layout {
  const name = /^(`(?:[^`\\]|\\.)*`|\w+)\s+(?=\w)/s.exec(text)
  return layoutOf(name ? text.slice(name[0].length) : text)
}

/** `Map(String, Array(UInt8))` into `Map` and its two parts. */
function split(type: string): { name: string; parts: string[] } {
  const open = type.indexOf('(')
  if (open < 0) return { name: type, parts: [] }
  const parts: string[] = []
  let depth = 0
  let start = open + 1
  const end = type.length - 1
  for (const { 0: token, index } of type.matchAll(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]/gs)) {
    if (token === '(') depth++
    else if (token === ')') depth--
    else if (token === ',' && depth === 1) {
      parts.push(type.slice(start, index).trim())
      start = index + 1
    }
  }
  if (end > start) parts.push(type.slice(start, end).trim())
  return { name: type.slice(0, open), parts }
}
