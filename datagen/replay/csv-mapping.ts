/** The mapping file of a CSV: what it may say, and what is wrong with it. */
import { readFileSync } from 'node:fs'
import { Currency, StoreId } from '@shelfcast/contracts/events'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { LineCounter, parseDocument } from 'yaml'
import { createInstantReader } from '../files/instants.ts'

const closed = { additionalProperties: false }
const ColumnName = Type.String({ minLength: 1 })

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
    basket: ColumnName,
    sku: ColumnName,
    name: Type.Optional(ColumnName),
    category: Type.Optional(ColumnName),
    quantity: ColumnName,
    price: Type.Object(
      {
        column: ColumnName,
        of: Type.Union([Type.Literal('unit'), Type.Literal('line')]),
        in: Type.Union([Type.Literal('decimal'), Type.Literal('minor')]),
      },
      closed,
    ),
    time: Type.Object(
      { column: ColumnName, format: Type.String(), zone: Type.String({ description: 'IANA name' }) },
      closed,
    ),
    store: Type.Union([ColumnName, Type.Object({ value: StoreId }, closed)]),
    currency: Type.Object({ value: Currency }, closed),
    customer: Type.Optional(ColumnName),
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
    const told = faultsOf(mapping).map(
      ({ field, what }) => `${path} line ${lineOf(field)}: ${field.join('.') || 'the mapping'} ${what}`,
    )
    throw new Error(`${told.join('\n')}\ndocs/replay.md lists every field.`)
  }
  checkTime(path, mapping)
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

function checkTime(path: string, { time }: CsvMapping): void {
  try {
    createInstantReader(time.format, time.zone)
  } catch (error) {
    throw new Error(`${path}: time: ${error instanceof Error ? error.message : String(error)}`)
  }
}
