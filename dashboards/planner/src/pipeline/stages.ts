/** The stages of the pipeline from left to right, each with its figure, its health and what runs into it. */
import type { PipelineState } from '@shelfcast/contracts/api'
import { bytes, count, perSecond, share } from '#format/numbers.ts'
import { duration } from '#format/time.ts'
import type { Tone } from '#ui/tones.ts'
import { allTopics, decidedLines, type Rates } from './flow.ts'

export type StageName = 'sources' | 'kafka' | 'gate' | 'lake' | 'warehouse' | 'api'

export interface Stage {
  name: StageName
  title: string
  /** The figure, and what it counts. */
  value: string
  unit: string
  /** One line more, most telling first. */
  detail: string
  tone: Tone
  /** For those who do not see the colour. */
  health: string
  /** What runs from the stage before into this one, a second; undefined before the first. */
  inflow?: { rate: number; text: string }
}

/** Parts of components.json that do the work of a stage: the first one that runs does. */
const PARTS: Record<StageName, readonly string[]> = {
  sources: ['twin'],
  kafka: ['kafka'],
  // Where Spark runs, it judges and lands, and ingest loads.
  gate: ['spark', 'ingest'],
  lake: ['lake'],
  warehouse: ['warehouse'],
  api: ['api'],
}

/** What the warehouse has of the loaded blocks, beside what the ledger says. Of one moment: anything but equal is a fault. */
export function comparison(missing: number | null): { text: string; tone: Tone } {
  if (missing === null) return { text: 'loading', tone: 'neutral' }
  if (missing === 0) return { text: 'equal', tone: 'good' }
  return { text: `${count(Math.abs(missing))} ${missing > 0 ? 'missing' : 'too many'}`, tone: 'bad' }
}

export function stages(state: PipelineState, rates: Rates): Stage[] {
  const all = allTopics(state.topics)
  const lines = decidedLines(all)
  const refused = all.lines_refused
  const { text: compared } = comparison(all.rows_missing)
  const refusals = [
    `${count(refused)} refused`,
    refused > 0 && `, ${share(refused / lines)}`,
    refused > 0 && state.dead_letters_open !== null && `; ${count(state.dead_letters_open)} open`,
  ]

  const partOf = (name: StageName) =>
    PARTS[name].map((part) => state.parts.find((candidate) => candidate.name === part)).find(Boolean)
  const health = (name: StageName): Pick<Stage, 'tone' | 'health'> => {
    const part = partOf(name)
    if (!part) return { tone: 'neutral', health: 'not part of this stack' }
    return part.healthy ? { tone: 'good', health: 'healthy' } : { tone: 'bad', health: part.detail || 'down' }
  }
  const inflow = (rate: number, unit: string) => ({
    rate,
    text: rate > 0 ? `${perSecond(rate)} ${unit}/s` : 'idle',
  })
  const twin = partOf('sources')

  return [
    {
      name: 'sources',
      title: 'Sources',
      value: perSecond(rates.messages),
      unit: 'messages a second',
      detail: twin ? twin.title : 'replay, or your own producer',
      ...health('sources'),
    },
    {
      name: 'kafka',
      title: 'Kafka',
      value: count(all.messages),
      unit: 'messages',
      detail: all.lag_messages === 0 ? 'none waiting' : `${count(all.lag_messages)} waiting`,
      ...health('kafka'),
      inflow: inflow(rates.messages, 'msg'),
    },
    {
      name: 'gate',
      title: 'Gate',
      value: count(all.lines_accepted + all.lines_reversed),
      unit: 'lines accepted',
      detail: refusals.filter(Boolean).join(''),
      ...health('gate'),
      inflow: inflow(rates.lines, 'lines'),
    },
    {
      name: 'lake',
      title: 'Lake',
      value: count(all.lake_rows),
      unit: 'rows',
      detail: `${count(all.blocks)} ${all.blocks === 1 ? 'block' : 'blocks'}, ${bytes(all.bytes)}`,
      ...health('lake'),
      inflow: inflow(rates.lakeRows, 'rows'),
    },
    {
      name: 'warehouse',
      title: 'Warehouse',
      value: count(all.warehouse_rows),
      unit: 'rows',
      detail: all.rows_missing === 0 ? 'equal to the lake' : compared,
      ...health('warehouse'),
      inflow: inflow(rates.warehouseRows, 'rows'),
    },
    {
      name: 'api',
      title: 'API',
      value: state.latency.p99_ms === null ? 'Idle' : duration(state.latency.p99_ms),
      unit: 'p99 to warehouse',
      detail:
        state.latency.p50_ms === null ? 'no sale in ten minutes' : `median ${duration(state.latency.p50_ms)}`,
      ...health('api'),
      inflow: { rate: rates.warehouseRows, text: rates.warehouseRows > 0 ? 'pushed' : 'idle' },
    },
  ]
}

export interface ReasonTotal {
  reason: string
  rule: string
  fix: string
  /** Why nobody has to act; null where somebody has to. */
  settled: string | null
  lines: number
  topics: string[]
}

/** Refused lines by reason over all topics, most first. */
export function byReason(refusals: PipelineState['refusals']): ReasonTotal[] {
  const totals = new Map<string, ReasonTotal>()
  for (const { reason, rule, fix, settled, lines, topic } of refusals) {
    const total = totals.get(reason)
    if (total) {
      total.lines += lines
      total.topics.push(topic)
    } else {
      totals.set(reason, { reason, rule, fix, settled, lines, topics: [topic] })
    }
  }
  return [...totals.values()].sort((one, other) => other.lines - one.lines)
}

/** A payload as a person reads it: JSON on several lines, anything else as it came. */
export function readablePayload(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}

type DeadLetter = PipelineState['latest_dead_letters'][number]

export interface KeyedLetter {
  key: string
  letter: DeadLetter
}

/** Each with a key of its own: two lines of a basket may carry the same number and both be refused. */
export function withKeys(letters: readonly DeadLetter[]): KeyedLetter[] {
  const counts = new Map<string, number>()
  return letters.map((letter) => {
    const position = `${letter.topic}/${letter.partition}/${letter.offset}/${letter.line_no}`
    const times = counts.get(position) ?? 0
    counts.set(position, times + 1)
    return { key: `${position}/${times}`, letter }
  })
}
