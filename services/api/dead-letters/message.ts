/** The message that a dead letter is sent again as. */
import type { Envelope } from '@shelfcast/contracts/dead-letters'
import { netAmount, SaleLine } from '@shelfcast/contracts/events'
import { EVENT_SCHEMAS, type EventTopic, HEADERS, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

export interface ReplayMessage {
  topic: EventTopic
  /** Store by which the partition is chosen; null where none can be read. */
  key: string | null
  value: Buffer
  headers: Record<string, string>
}

export interface Content {
  topic: EventTopic
  line: number
  store_id: string
  /** Original bytes, or what they were corrected to. */
  value: Buffer
  /** Of the basket that a line came in. */
  envelope: Envelope | undefined
  /** Position of the first refusal of the content. */
  origin: string
}

/**
 * A whole message goes as it is, right or wrong: the gate decides. A line goes in a basket with the same envelope and
 * that line alone.
 * @param now milliseconds since 1970
 */
export function replayMessage(content: Content, now: number): ReplayMessage {
  const { topic, envelope, origin } = content
  return {
    topic,
    key: (envelope ? envelope.store_id : storeOf(content.value)) || content.store_id || null,
    value: envelope ? basketOf(envelope, content.value) : content.value,
    headers: {
      [HEADERS.schema]: SCHEMA_VERSION[topic],
      [HEADERS.producedAt]: String(now),
      [HEADERS.replayOf]: origin,
    },
  }
}

/** The bytes of the line are kept as they are, which JSON.stringify would not. */
function basketOf({ payment, customer_id, event_time, currency, ...first }: Envelope, line: Buffer): Buffer {
  const head = { ...first, ...(customer_id !== null && { customer_id }), event_time, currency }
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head).slice(0, -1)},"lines":[`),
    line,
    Buffer.from(`],"payment":${JSON.stringify(payment)},"total":${netOf(line)}}`),
  ])
}

const INT32 = { least: -2_147_483_648, most: 2_147_483_647 }

/** What the line amounts to, in minor units; 0 where its numbers are such that the gate refuses it anyway. */
function netOf(line: Buffer): number {
  const { quantity, unit, unit_price, discount } = (parsed(line) ?? {}) as Record<string, unknown>
  const numbers = [quantity, unit_price, discount]
  if (!numbers.every((number) => Number.isSafeInteger(number))) return 0
  const net = netAmount({ quantity, unit, unit_price, discount } as SaleLine)
  return net >= INT32.least && net <= INT32.most ? net : 0
}

function storeOf(value: Buffer): string | undefined {
  const store = (parsed(value) as { store_id?: unknown } | null | undefined)?.store_id
  return typeof store === 'string' ? store : undefined
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

const LINE = Compile(SaleLine)
const WHOLE = {
  'sales-transactions': Compile(EVENT_SCHEMAS['sales-transactions'] as TSchema),
  'inventory-updates': Compile(EVENT_SCHEMAS['inventory-updates'] as TSchema),
  'pos-events': Compile(EVENT_SCHEMAS['pos-events'] as TSchema),
} satisfies Record<EventTopic, unknown>

const FAULTS_TOLD = 5

/** What the schema says is wrong with a text, each with the field's path; empty when it is right. */
export function schemaFaults({ topic, line }: Pick<Content, 'topic' | 'line'>, text: string): string[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return [`it is not JSON: ${error instanceof Error ? error.message : error}`]
  }
  const validator = line > 0 ? LINE : WHOLE[topic]
  if (validator.Check(value)) return []
  // Of a choice among constants the validator tells each one, and then that none did.
  const choices = new Map<string, unknown[]>()
  const faults = new Map<string, string>()
  for (const { keyword, instancePath, message, params } of validator.Errors(value)) {
    const path = instancePath || 'the value'
    if (keyword === 'const') {
      choices.set(path, [...(choices.get(path) ?? []), (params as { allowedValue: unknown }).allowedValue])
      faults.set(path, `${path} must be one of ${choices.get(path)!.join(', ')}`)
    } else if (keyword === 'additionalProperties') {
      const { additionalProperties } = params as { additionalProperties: string[] }
      faults.set(`${path} more`, `${path} must not have ${additionalProperties.join(', ')}`)
    } else if (!faults.has(path) && keyword !== 'boolean') faults.set(path, `${path} ${message}`)
  }
  return [...faults.values()].slice(0, FAULTS_TOLD)
}
