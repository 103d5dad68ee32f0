/** From bytes to a value of the topic's schema, or to the reason why not. */
import { isUtf8 } from 'node:buffer'
import { LIMITS } from '@shelfcast/contracts/refusals'
import type { TSchema } from 'typebox'
import type { Validator } from 'typebox/compile'
import type { Message, Refusal } from './message.ts'

const DETAIL_LIMIT = 300

export function refuse(reason: Refusal['reason'], detail: string, rest: Partial<Refusal> = {}): Refusal {
  return { reason, detail: detail.slice(0, DETAIL_LIMIT), lineCount: 1, cells: {}, ...rest }
}

/** The message's value as an object, or why it is none. */
export function parseObject(message: Message, schema: string): { object: Record<string, unknown> } | Refusal {
  if (message.schema !== undefined && message.schema !== schema) {
    return refuse(
      'unsupported_schema',
      `the schema header says "${message.schema}"; this gate reads ${schema}`,
    )
  }
  if (message.value === null) return refuse('not_json', 'the message has no value')
  const bytes = Buffer.from(message.value.buffer, message.value.byteOffset, message.value.byteLength)
  if (!isUtf8(bytes)) return refuse('not_json', 'the bytes are not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    return refuse('not_json', error instanceof Error ? error.message : String(error))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('not_json', 'the value is JSON but not an object')
  }
  return { object: value as Record<string, unknown> }
}

/** The first fault that a schema finds, with the field's path. */
export function firstFault(validator: Validator<Record<never, never>, TSchema>, value: unknown): string {
  const fault = validator.Errors(value)[0]
  if (!fault) return 'the value does not match the schema'
  const named = [fault.params].flatMap((params) =>
    'requiredProperties' in params
      ? (params.requiredProperties as string[])
      : 'additionalProperties' in params
        ? (params.additionalProperties as string[])
        : [],
  )
  return `${fault.instancePath || 'value'} ${fault.message}${named.length > 0 ? ` (${named.join(', ')})` : ''}`
}

/** Milliseconds since 1970 of an instant that matches the schema's pattern; undefined for dates like 31 February. */
export function parseInstant(text: string): number | undefined {
  const at = Date.parse(text)
  // Only days past the 28th can be too many for their month; V8 rolls those over instead of refusing them.
  if (Number.isNaN(at) || (text.slice(8, 10) > '28' && new Date(at).toISOString() !== text)) return undefined
  return at
}

/** Days since 1970 of YYYY-MM-DD; undefined where there is no such day. */
export function parseDay(text: string): number | undefined {
  const at = parseInstant(`${text}T00:00:00.000Z`)
  return at === undefined ? undefined : at / 86_400_000
}

export function isEventTime(at: number | undefined): at is number {
  return at !== undefined && at >= LIMITS.earliestEventTime && at <= LIMITS.latestEventTime
}
