import type { PipelineState } from '@shelfcast/contracts/api'
import { describe, expect, test } from 'vitest'
import type { Rates } from './flow.ts'
import { byReason, comparison, readablePayload, stages, withKeys } from './stages.ts'

const idle: Rates = { messages: 0, lines: 0, lakeRows: 0, warehouseRows: 0 }
const topic = (
  overrides: Partial<PipelineState['topics'][number]> = {},
): PipelineState['topics'][number] => ({
  topic: 'sales-transactions',
  messages: 1_000,
  lag_messages: 0,
  blocks: 12,
  lines_accepted: 4_800,
  lines_reversed: 100,
  lines_refused: 100,
  lines_late: 3,
  offsets_missing: 0,
  lake_rows: 5_000,
  warehouse_rows: 5_000,
  rows_expired: 0,
  rows_missing: 0,
  bytes: 2_048,
  newest_block_at: '2026-03-14T09:00:00.000Z',
  ...overrides,
})
const part = (name: string, detail = '') => ({ name, title: name, role: '', healthy: detail === '', detail })
const pipeline = (overrides: Partial<PipelineState> = {}): PipelineState => ({
  at: '2026-03-14T09:00:00.000Z',
  parts: ['kafka', 'lake', 'warehouse', 'ingest', 'api', 'twin'].map((name) => part(name)),
  topics: [topic()],
  dead_letter_messages: 100,
  dead_letters_open: 7,
  refusals: [],
  latest_blocks: [],
  latest_dead_letters: [],
  spark_jobs: [],
  latency: { p50_ms: 400, p99_ms: 1_250 },
  ...overrides,
})
const stage = (state: PipelineState, name: string, rates = idle) =>
  stages(state, rates).find((candidate) => candidate.name === name)!

describe('stages', () => {
  test('each sums its topics', () => {
    const state = pipeline({ topics: [topic(), topic({ topic: 'pos-events', lag_messages: 7 })] })
    expect(stage(state, 'kafka')).toMatchObject({ value: '2,000', detail: '7 waiting' })
    expect(stage(state, 'gate')).toMatchObject({ value: '9,800', detail: '200 refused, 2%; 7 open' })
    expect(stage(state, 'lake')).toMatchObject({ value: '10,000', detail: '24 blocks, 4.0 KiB' })
    expect(stage(state, 'warehouse')).toMatchObject({ value: '10,000', detail: 'equal to the lake' })
    expect(stage(state, 'api')).toMatchObject({ value: '1.25 s', detail: 'median 400 ms' })
  })

  test('rows that are missing from the warehouse are said, and only those of one moment', () => {
    const detail = (rows_missing: number | null, warehouse_rows = 4_999) =>
      stage(pipeline({ topics: [topic({ warehouse_rows, rows_missing }), topic()] }), 'warehouse').detail
    expect(detail(1)).toBe('1 missing')
    expect(detail(-2)).toBe('2 too many')
    expect(detail(null)).toBe('loading')
    // What has expired is not missing.
    expect(detail(0)).toBe('equal to the lake')
    expect(comparison(null).tone).toBe('neutral')
  })

  test('what is open is not said before it is known', () => {
    const detail = (overrides: Partial<PipelineState>) => stage(pipeline(overrides), 'gate').detail
    expect(detail({ dead_letters_open: null })).toBe('100 refused, 2%')
    expect(detail({ topics: [topic({ lines_refused: 0 })] })).toBe('0 refused')
  })

  test('health is that of the part which does the work, in words too', () => {
    const state = pipeline({ parts: [part('kafka'), part('ingest', 'does not answer on port 8081')] })
    expect(stage(state, 'kafka')).toMatchObject({ tone: 'good', health: 'healthy' })
    expect(stage(state, 'gate')).toMatchObject({ tone: 'bad', health: 'does not answer on port 8081' })
    expect(stage(state, 'sources')).toMatchObject({ tone: 'neutral', detail: 'replay, or your own producer' })
  })

  test('what runs in is shown while it runs', () => {
    expect(stage(pipeline(), 'lake').inflow).toEqual({ rate: 0, text: 'idle' })
    expect(stage(pipeline(), 'lake', { ...idle, lakeRows: 1_234.5 }).inflow?.text).toBe('1.2K rows/s')
  })
})

test('a reason is counted over all topics, most first', () => {
  const refusal = (topicName: string, reason: string, lines: number) => ({
    topic: topicName,
    reason,
    rule: 'rule',
    fix: 'fix',
    settled: null,
    lines,
  })
  const reasons = byReason([
    refusal('sales-transactions', 'schema', 3),
    refusal('sales-transactions', 'repeated', 5),
    refusal('pos-events', 'schema', 4),
  ])
  expect(reasons.map(({ reason, lines, topics }) => [reason, lines, topics])).toEqual([
    ['schema', 7, ['sales-transactions', 'pos-events']],
    ['repeated', 5, ['sales-transactions']],
  ])
})

test('a payload that is not whole JSON is shown as it came', () => {
  expect(readablePayload('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(readablePayload('{"a":')).toBe('{"a":')
})

test('two refused lines with the same number have keys of their own', () => {
  const letter = (line_no: number) =>
    ({ topic: 'sales-transactions', partition: 2, offset: 71, line_no }) as Parameters<
      typeof withKeys
    >[0][number]
  expect(withKeys([letter(3), letter(3), letter(4)]).map(({ key }) => key)).toEqual([
    'sales-transactions/2/71/3/0',
    'sales-transactions/2/71/3/1',
    'sales-transactions/2/71/4/0',
  ])
})
