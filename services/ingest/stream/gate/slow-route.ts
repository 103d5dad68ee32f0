/**
 * The slow route: JSON.parse and the schema's validator. It decides over every message that the fast route turns down,
 * and says what is wrong with it. What it reads it leaves in the scratch as the fast route does.
 */
import { isUtf8 } from 'node:buffer'
import { LIMITS } from '@shelfcast/contracts/refusals'
import { EVENT_SCHEMAS, type EventTopic, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { type TSchema, Type } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { copied } from '../column-memory.ts'
import type { MessageView } from '../message.ts'
import { isEventTime, parseDay, parseInstant } from './instants.ts'
import { lineRanges } from './line-ranges.ts'
import { type Field, type Fields, forget, type Refusal, type Scratch } from './scratch.ts'
import type { FieldShape, MessageShape } from './shape.ts'

type Check = Validator<Record<never, never>, TSchema>
type Values = Record<string, unknown>

const encoder = new TextEncoder()

/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
const WIDEST_UNIT = 3

export function createSlowRoute(
  topic: EventTopic,
  shape: MessageShape,
  scratch: Scratch,
): (message: MessageView) => void {
  const properties: Record<string, TSchema> = EVENT_SCHEMAS[topic].properties
  const lineSchema = shape.lines && (properties[shape.lines.name] as TSchema & { items: TSchema }).items
  // The lines are judged one by one, so that a bad one does not take the basket with it.
  const check = Compile(
    Type.Object(
      {
        ...properties,
        ...(shape.lines && {
          [shape.lines.name]: Type.Array(Type.Unknown(), { minItems: 1, maxItems: shape.lines.most }),
        }),
      },
      { additionalProperties: false },
    ),
  ) as Check
  const checkLine = lineSchema && (Compile(lineSchema) as Check)
  const texts = new Texts()

  return (message) => {
    texts.clear()
    scratch.original = message.bytes
    scratch.originalStart = Math.max(0, message.start)
    scratch.originalEnd = message.start < 0 ? 0 : message.end
    scratch.lineCount = 1
    if (scratch.lines) scratch.lines.faulty = false
    scratch.refusal = read(message)
    scratch.source = texts.view
  }

  function read(message: MessageView): Refusal | undefined {
    const parsed = parseObject(message, SCHEMA_VERSION[topic])
    if ('reason' in parsed) return parsed
    const { object } = parsed
    const lines = shape.lines && object[shape.lines.name]
    if (Array.isArray(lines)) scratch.lineCount = Math.max(1, lines.length)
    if (!check.Check(object)) return refusal('schema', firstFault(check, object))
    const fault = fill(scratch.fields, shape.fields, object, 0)
    if (fault?.kind === 'day') {
      return refusal('schema', `/${fault.name} is ${object[fault.name]}, which is no day of the calendar`)
    }
    if (fault) {
      const where = shape.lines ? fault.name : `${fault.name} of this message on ${topic}`
      return { reason: 'time_out_of_range', detail: `${where} is ${object[fault.name]}`, legible: true }
    }
    if (shape.lines) readLines(message, lines as unknown[], shape.lines.line.fields)
    return undefined
  }

  function readLines(message: MessageView, values: unknown[], fields: FieldShape[]): void {
    const lines = scratch.lines!
    lineRanges(message, shape.lines!.name, lines.start, lines.end)
    values.forEach((value, index) => {
      const detail = lineFault(value, index, fields)
      lines.faults[index] = detail
      if (detail === undefined) return
      lines.faulty = true
      for (const [, field] of lines.fields) forget(field, index)
      // For those who look for it: the SKU of a refused line where it can be read.
      const sku = typeof value === 'object' && value !== null && 'sku' in value ? value.sku : undefined
      if (typeof sku === 'string')
        texts.put(lines.fields.text('sku'), index, sku.slice(0, LIMITS.legibleSkuLength))
    })
  }

  function lineFault(value: unknown, index: number, fields: FieldShape[]): string | undefined {
    if (!checkLine!.Check(value)) return firstFault(checkLine!, value)
    const fault = fill(scratch.lines!.fields, fields, value as Values, index)
    return fault && `${fault.name} is ${(value as Values)[fault.name]}`
  }

  /** Puts what the schema has found right into the scratch. @returns the first field that the calendar does not hold, days before instants */
  function fill(into: Fields, shapes: FieldShape[], values: Values, index: number): FieldShape | undefined {
    const faults = shapes.filter((shape) => !put(into.get(shape.name)!, shape, values[shape.name], index))
    return faults.find(({ kind }) => kind === 'day') ?? faults[0]
  }

  function put(field: Field, shape: FieldShape, value: unknown, index: number): boolean {
    if (value === undefined) forget(field, index)
    else if (field.kind === 'text') texts.put(field, index, value as string)
    else if (field.kind === 'choice') field.value[index] = field.choices.indexOf(value as string)
    else {
      const number = numberOf(shape, value)
      field.value[index] = number ?? Number.NaN
      return number !== undefined
    }
    return true
  }
}

/** Strings of a message as bytes, one after the other. */
class Texts {
  #bytes = new Uint8Array(4096)
  view = new DataView(this.#bytes.buffer)
  #end = 0

  clear(): void {
    this.#end = 0
  }

  put(field: Extract<Field, { kind: 'text' }>, index: number, text: string): void {
    const most = this.#end + WIDEST_UNIT * text.length
    if (most > this.#bytes.length) {
      this.#bytes = copied(new Uint8Array(2 * most), this.#bytes)
      this.view = new DataView(this.#bytes.buffer)
    }
    field.start[index] = this.#end
    this.#end += encoder.encodeInto(text, this.#bytes.subarray(this.#end)).written
    field.end[index] = this.#end
  }
}

/** @returns undefined where the calendar has no such time, or none in which an event may lie */
function numberOf(shape: FieldShape, value: unknown): number | undefined {
  if (shape.kind === 'day') return parseDay(value as string)
  // A -0 becomes the 0 that the fast route reads.
  if (shape.kind !== 'instant') return (value as number) + 0
  const at = parseInstant(value as string)
  return isEventTime(at) ? at : undefined
}

function refusal(reason: Refusal['reason'], detail: string): Refusal {
  return { reason, detail, legible: false }
}

/** The message's value as an object, or why it is none. */
function parseObject(message: MessageView, schema: string): { object: Values } | Refusal {
  if (message.schema !== undefined && message.schema !== schema) {
    return refusal(
      'unsupported_schema',
      `the schema header says "${message.schema}"; this gate reads ${schema}`,
    )
  }
  if (message.start < 0) return refusal('not_json', 'the message has no value')
  const { buffer, byteOffset } = message.bytes
  const bytes = Buffer.from(buffer, byteOffset + message.start, message.end - message.start)
  if (!isUtf8(bytes)) return refusal('not_json', 'the bytes are not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    return refusal('not_json', error instanceof Error ? error.message : String(error))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refusal('not_json', 'the value is JSON but not an object')
  }
  return { object: value as Values }
}

/** The first fault that a schema finds, with the field's path. */
function firstFault(check: Check, value: unknown): string {
  const fault = check.Errors(value)[0]
  if (!fault) return 'the value does not match the schema'
  const parameters = [fault.params].flatMap((params) =>
    'requiredProperties' in params
      ? (params.requiredProperties as string[])
      : 'additionalProperties' in params
        ? (params.additionalProperties as string[])
        : [],
  )
  return `${fault.instancePath || 'value'} ${fault.message}${parameters.length > 0 ? ` (${parameters.join(', ')})` : ''}`
}
