/** What a message of a topic looks like, taken from its schema: what both routes of the gate are made from. */
import { Instant } from '@shelfcast/contracts/events'
import { BLOCK_COLUMNS, type ColumnType } from '@shelfcast/contracts/lake'
import { EVENT_SCHEMAS, type EventTopic } from '@shelfcast/contracts/topics'
import type { TSchema } from 'typebox'
import { type Automaton, asRun, automaton, plainRun, type Run } from './pattern.ts'

/** How a field is written, and what is kept of it. */
export type FieldShape = { name: string; optional: boolean } & (
  | { kind: 'text'; run: Run }
  | { kind: 'text'; automaton: Automaton }
  | { kind: 'choice'; choices: string[] }
  | { kind: 'integer'; minimum: number; maximum: number }
  /** Kept as milliseconds since 1970. */
  | { kind: 'instant' }
  /** Kept as days since 1970. */
  | { kind: 'day'; automaton: Automaton }
)

export interface ObjectShape {
  /** In the order in which a sender that follows the schema writes them. */
  fields: FieldShape[]
}

export interface MessageShape extends ObjectShape {
  /** The array that a basket is judged by, line by line: after how many of `fields` it comes. */
  lines: { name: string; after: number; most: number; line: ObjectShape } | undefined
}

/** Keywords that this file understands, or that only describe. Any other would be a rule that the fast route misses. */
const KNOWN = new Set([
  'type',
  'description',
  'pattern',
  'maxLength',
  'minimum',
  'maximum',
  'anyOf',
  'const',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
])

const INSTANT_PATTERN = keywords(Instant, 'Instant').pattern

/** The keywords of JSON Schema that a schema of ours has. */
interface Keywords {
  type?: string
  pattern?: string
  maxLength?: number
  minimum?: number
  maximum?: number
  anyOf?: { const?: unknown }[]
  properties?: Record<string, TSchema>
  required?: string[]
  additionalProperties?: boolean
  items?: TSchema
  minItems?: number
  maxItems?: number
}

export function messageShape(topic: EventTopic): MessageShape {
  const types = new Map(BLOCK_COLUMNS[topic].map(({ name, type }) => [name, type]))
  const { properties, required } = objectKeywords(EVENT_SCHEMAS[topic], topic)
  const fields: FieldShape[] = []
  let lines: MessageShape['lines']
  for (const [name, schema] of Object.entries(properties)) {
    const { type, items, minItems, maxItems } = keywords(schema, name)
    if (type === 'array' && items && minItems === 1 && maxItems && required.has(name) && !lines) {
      lines = { name, after: fields.length, most: maxItems, line: lineShape(items, name, types) }
    } else fields.push(fieldShape(name, schema, !required.has(name), types.get(name)))
  }
  return { fields, lines }
}

function lineShape(schema: TSchema, where: string, types: Map<string, ColumnType>): ObjectShape {
  const { properties, required } = objectKeywords(schema, where)
  const fields = Object.entries(properties).map(([name, field]) =>
    fieldShape(name, field, !required.has(name), types.get(name)),
  )
  return { fields }
}

function fieldShape(
  name: string,
  schema: TSchema,
  optional: boolean,
  column: ColumnType | undefined,
): FieldShape {
  const { type, pattern, maxLength, minimum, maximum, anyOf } = keywords(schema, name)
  const choices = anyOf?.map((choice) => choice.const)
  if (choices?.every((choice) => typeof choice === 'string')) {
    return { name, optional, kind: 'choice', choices }
  }
  if (type === 'integer' && minimum !== undefined && maximum !== undefined) {
    return { name, optional, kind: 'integer', minimum, maximum }
  }
  if (type === 'string' && maxLength === undefined && pattern !== undefined) {
    if (column === 'timestamp_ms' && pattern === INSTANT_PATTERN) return { name, optional, kind: 'instant' }
    const compiled = automaton(pattern)
    if (column === 'date') return { name, optional, kind: 'day', automaton: compiled }
    const run = asRun(compiled)
    return run ? { name, optional, kind: 'text', run } : { name, optional, kind: 'text', automaton: compiled }
  }
  if (type === 'string' && pattern === undefined && maxLength !== undefined) {
    return { name, optional, kind: 'text', run: plainRun(maxLength) }
  }
  throw new Error(
    `Field "${name}" has a schema that the gate cannot read: ${JSON.stringify(schema)}. Write it like the others in contracts/events.ts, or teach gate/shape.ts its kind.`,
  )
}

function objectKeywords(
  schema: TSchema,
  where: string,
): { properties: Record<string, TSchema>; required: Set<string> } {
  const { type, properties, required, additionalProperties } = keywords(schema, where)
  if (type !== 'object' || !properties || additionalProperties !== false) {
    throw new Error(
      `"${where}" is no closed object. Set additionalProperties to false in contracts/events.ts.`,
    )
  }
  return { properties, required: new Set(required) }
}

function keywords(schema: TSchema, where: string): Keywords {
  const strange = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword))
  if (strange.length > 0) {
    throw new Error(`The schema of "${where}" says ${strange.join(', ')}, which gate/shape.ts does not know.`)
  }
  return schema as Keywords
}
