/** Kafka topics, their settings, and the headers that every message carries. */
import type { TSchema } from 'typebox'
import { DAY_MS } from './dates.ts'
import { Basket, InventoryMovement, PosEvent } from './events.ts'
import retention from './retention.json' with { type: 'json' }

/** Topics that the gate reads, in the order the Pipeline page shows them. */
export const EVENT_TOPICS = ['sales-transactions', 'inventory-updates', 'pos-events'] as const
export type EventTopic = (typeof EVENT_TOPICS)[number]

export const DEAD_LETTER_TOPIC = 'dead-letter'
export const TOPICS = [...EVENT_TOPICS, DEAD_LETTER_TOPIC] as const
export type Topic = (typeof TOPICS)[number]

/** The setting that keeps messages for so many days; null: for ever. */
export function keptFor(days: number | null): { 'retention.ms': string } {
  return { 'retention.ms': String(days === null ? -1 : days * DAY_MS) }
}

/** Settings that a topic is created with. Six partitions let up to six ingest processes share the work. */
export const TOPIC_SETTINGS: Record<Topic, { partitions: number; config: Record<string, string> }> = {
  'sales-transactions': { partitions: 6, config: keptFor(retention.topics['sales-transactions'].days) },
  'inventory-updates': { partitions: 6, config: keptFor(retention.topics['inventory-updates'].days) },
  'pos-events': { partitions: 6, config: keptFor(retention.topics['pos-events'].days) },
  // Copies for people who watch Kafka; the lake holds the originals.
  'dead-letter': {
    partitions: 1,
    config: { ...keptFor(retention.topics['dead-letter'].days), 'max.message.bytes': '2097152' },
  },
}

/** Schema of the message value, by topic. */
export const EVENT_SCHEMAS = {
  'sales-transactions': Basket,
  'inventory-updates': InventoryMovement,
  'pos-events': PosEvent,
} as const satisfies Record<EventTopic, TSchema>

/** Value of the `schema` header. A message without the header is taken as this version. */
export const SCHEMA_VERSION: Record<EventTopic, string> = {
  'sales-transactions': 'sales-transactions/1',
  'inventory-updates': 'inventory-updates/1',
  'pos-events': 'pos-events/1',
}

/**
 * Header names. `produced_at` is milliseconds since 1970 in decimal: the producer's wall clock, from which latency
 * is measured (event_time is store time, which the twin runs faster than the wall). `traceparent` is W3C Trace Context.
 * On dead letters: `reason`, `origin_topic`, `origin_partition`, `origin_offset`, `origin_line`.
 * On a dead letter that is sent again: `replay_of`, its position.
 */
export const HEADERS = {
  schema: 'schema',
  producedAt: 'produced_at',
  traceparent: 'traceparent',
  reason: 'reason',
  originTopic: 'origin_topic',
  originPartition: 'origin_partition',
  originOffset: 'origin_offset',
  originLine: 'origin_line',
  replayOf: 'replay_of',
} as const

export const INGEST_GROUP = 'shelfcast-ingest'
