/** The mapping file of a CSV: what it may say, and what is wrong with it. */
import { readFileSync, statSync } from 'node:fs'
import { Currency, StoreId } from '@shelfcast/contracts/events'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { LineCounter, parseDocument } from 'yaml'
import { createTimeReader } from '../files/instants.ts'
import { createNumberReader, type NumberFormat } from '../files/numbers.ts'

const closed = { additionalProperties: false }
const ColumnName = Type.String({ minLength: 1, maxLength: 200 })
const MOST_BYTES = 100_000

/** What makes a receipt: the cells of these columns and, unless it says otherwise, the business day. */
const Receipt = Type.Object(
  {
    columns: Type.Array(ColumnName, { minItems: 1, maxItems: 6 }),
    day: Type.Optional(Type.Boolean()),
    day_ends: Type.Optional(
      Type.String({ pattern: '^(0\\d|1[01]):[0-5]\\d$', description: 'local time from 00:00 to 11:59' }),
    ),
  },
  closed,
)

/** How the file is written. What is left out is detected. */
const FileFormat = Type.Object(
  {
    encoding: Type.Optional(Type.String({ maxLength: 40 })),
    delimiter: Type.Optional(Type.String({ pattern: '^[^"\\r\\n]$', description: 'one sign' })),
    quote: Type.Optional(Type.String({ pattern: '^(none|[^\\r\\n])$' })),
    header_line: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  closed,
)

/** How numbers are written. What is left out is detected. */
const Numbers = Type.Object(
  {
    decimal: Type.Optional(Type.Union([Type.Literal('.'), Type.Literal(',')])),
    thousands: Type.Optional(Type.Union(['.', ',', ' ', "'", 'none'].map((sign) => Type.Literal(sign)))),
    sign: Type.Optional(Type.String({ minLength: 1, maxLength: 8, pattern: '^[^\\d.,()+-]+$' })),
  },
  closed,
)

/** What a mapping file says. A field is a column's name, or { value: ... } where it is the same for every row. */
export const CsvMapping = Type.Object(
  {
    source: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,31}$',
      description: 'name of the source: small letters, digits, -',
    }),
    prefix: Type.String({
      pattern: '^[A-Z][A-Z0-9]{0,7}-$',
      description: 'put before every store, SKU and customer',
    }),
    basket: Type.Union([ColumnName, Receipt]),
    sku: ColumnName,
    name: Type.Optional(ColumnName),
    category: Type.Optional(ColumnName),
    quantity: Type.Union([
      ColumnName,
      Type.Object({ value: Type.Integer({ minimum: 1, maximum: 1000 }) }, closed),
    ]),
    price: Type.Object(
      {
        column: ColumnName,
        of: Type.Union([Type.Literal('unit'), Type.Literal('line')]),
        in: Type.Union([Type.Literal('decimal'), Type.Literal('minor')]),
      },
      closed,
    ),
    time: Type.Object(
      {
        column: Type.Union([ColumnName, Type.Array(ColumnName, { minItems: 1, maxItems: 2 })]),
        format: Type.String(),
        zone: Type.String({ description: 'IANA name' }),
      },
      closed,
    ),
    store: Type.Union([ColumnName, Type.Object({ value: StoreId }, closed)]),
    currency: Type.Object({ value: Currency }, closed),
    customer: Type.Optional(ColumnName),
    file: Type.Optional(FileFormat),
    numbers: Type.Optional(Numbers),
    returns: Type.Optional(
      Type.Union([
        Type.Object({ column: ColumnName, equals: Type.String() }, closed),
        Type.Object({ column: ColumnName, begins_with: Type.String({ minLength: 1 }) }, closed),
        Type.Object({ negative_quantity: Type.Literal(true) }, closed),
      ]),
    ),
  },
  closed,
)
export type CsvMapping = Static<typeof CsvMapping>

const mappingValidator = Compile(CsvMapping)
/** @throws one error that names each field that is wrong and its line in the mapping file */
export function readMapping(path: string): CsvMapping {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter: lines })
  const broken = document.errors[0]
  if (broken)
    throw new Error(`${path} line ${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n')[0]}`)
  const mapping: unknown = document.toJS()
  if (!mappingValidator.Check(mapping)) {
    const messages = faultsOf(mapping).map(
      ({ field, what }) => `${path} line ${lineOf(field)}: ${field.join('.') || 'the mapping'} ${what}`,
    )
    throw new Error(`${messages.join('\n')}\ndocs/replay.md lists every field.`)
  }
  checkMeaning(path, mapping)
  return mapping

  function lineOf(field: string[]): number {
    for (let depth = field.length; depth > 0; depth--) {
      const node: unknown = document.getIn(field.slice(0, depth), true)
      const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
      if (Array.isArray(range)) return lines.linePos(Number(range[0])).line
    }
    return 1
  }
}

function readText(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat && (!stat.isFile() || stat.size > MOST_BYTES)) {
    throw new Error(
      `${path}: it is no mapping file, which is a page of YAML. Give the CSV first and the mapping after --map.`,
    )
  }
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Error(`${path}: no such mapping file. docs/replay.md shows how to write one.`)
  }
}

function faultsOf(mapping: unknown): { field: string[]; what: string }[] {
  const faults: { field: string[]; what: string }[] = []
  const allowed = new Map<string, unknown[]>()
  for (const fault of mappingValidator.Errors(mapping)) {
    const field = fault.instancePath.slice(1).split('/').filter(Boolean)
    if (fault.keyword === 'required') {
      for (const name of fault.params.requiredProperties)
        faults.push({ field: [...field, name], what: 'is missing' })
    } else if (fault.keyword === 'additionalProperties') {
      for (const name of fault.params.additionalProperties)
        faults.push({ field: [...field, name], what: 'is not a field of a mapping' })
    } else if (fault.keyword === 'const') {
      const values = allowed.get(fault.instancePath) ?? []
      allowed.set(fault.instancePath, [...values, fault.params.allowedValue])
    } else if (fault.keyword !== 'anyOf') {
      // What each alternative of an anyOf wants has a fault of its own.
      faults.push({ field, what: fault.message })
    }
  }
  for (const [place, values] of allowed) {
    faults.push({ field: place.slice(1).split('/'), what: `must be ${values.join(' or ')}` })
  }
  return faults
}

/** What each field may say alone, but not what it says together with others. */
function checkMeaning(path: string, mapping: CsvMapping): void {
  const { time, file } = mapping
  check('time', () => createTimeReader(time.format, time.zone))
  check('numbers', () => createNumberReader(numberFormat(mapping)))
  check('file', () => {
    if (file?.delimiter !== undefined && file.delimiter === file.quote) {
      throw new Error(`delimiter and quote are both "${file.quote}". Give two different signs.`)
    }
  })

  function check(field: string, make: () => unknown): void {
    try {
      make()
    } catch (error) {
      throw new Error(`${path}: ${field}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** How the mapping says that numbers are written. */
export function numberFormat({ numbers, currency }: CsvMapping): NumberFormat {
  const thousands = numbers?.thousands === 'none' ? '' : numbers?.thousands
  const signs = numbers?.sign === undefined ? currencySigns(currency.value) : [numbers.sign]
  return { decimal: numbers?.decimal, thousands, signs }
}

/** EUR and €, by the Unicode names of currencies; the longest first, as US$ ends in $. */
function currencySigns(currency: string): string[] {
  const signs = (['code', 'symbol', 'narrowSymbol'] as const).flatMap((currencyDisplay) =>
    new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay })
      .formatToParts(0)
      .flatMap(({ type, value }) => (type === 'currency' ? [value] : [])),
  )
  return [...new Set(signs)].sort((a, b) => b.length - a.length)
}
