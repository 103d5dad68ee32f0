import { expect, test } from 'vitest'
import { DATASETS_PREFIX } from './datasets/layout.ts'
import { chainPrefix, ZONES } from './lake.ts'
import { retentionOf } from './retention.ts'
import { EVENT_TOPICS, keptFor, TOPIC_SETTINGS } from './topics.ts'

test('raw blocks, forecasts and dead letters are kept for 90 days, facts and aggregates for good', () => {
  const { lake, warehouse, warehouse_others } = retentionOf({})
  expect(lake.blocks).toMatchObject({ days: 90, tag: { key: 'curated', value: 'yes' } })
  expect(warehouse.fact_forecast!.days).toBe(90)
  expect(warehouse.dead_letters!.days).toBe(90)
  expect(warehouse.fact_sales!.days).toBeNull()
  expect(warehouse_others.days).toBeNull()
})

test('the environment replaces single values, and an empty variable none', () => {
  const { lake, warehouse } = retentionOf({
    RETENTION_RAW_DAYS: 'keep',
    RETENTION_FACTS_DAYS: '400',
    RETENTION_FORECASTS_DAYS: '',
  })
  expect(lake.blocks!.days).toBeNull()
  expect(['fact_sales', 'fact_inventory', 'fact_pos_events'].map((table) => warehouse[table]!.days)).toEqual([
    400, 400, 400,
  ])
  expect(warehouse.fact_forecast!.days).toBe(90)
})

test.each(['0', '1.5', '-3', 'ninety', '36501', '1e2'])('"%s" days are refused, with the fix', (text) => {
  expect(() => retentionOf({ RETENTION_RAW_DAYS: text })).toThrow(
    `RETENTION_RAW_DAYS is "${text}". Use a number of days from 1 to 36500, or "keep".`,
  )
})

test('of snapshots the last few stay where all others go at once', () => {
  expect(retentionOf({ RETENTION_CURATED_SNAPSHOTS_DAYS: '0' }).curated_snapshots.days).toBe(0)
})

test('only blocks expire in the raw zone, and every zone has a rule', () => {
  const { lake } = retentionOf({})
  const prefixes = EVENT_TOPICS.map((topic) => chainPrefix({ topic, epoch: 0, partition: 0 }).split('/')[0])
  expect(lake.blocks!.prefixes).toEqual(prefixes.map((prefix) => `${prefix}/`))
  expect(new Set(Object.values(lake).map(({ zone }) => zone))).toEqual(new Set(ZONES))
  const kept = Object.values(lake).filter(({ days }) => days === null)
  expect(kept.flatMap((rule) => rule.prefixes)).toEqual(
    expect.arrayContaining(['epochs/', DATASETS_PREFIX, 'history/', 'checkpoints/']),
  )
})

test('topics are created with the same retention', () => {
  for (const [topic, { days }] of Object.entries(retentionOf({}).topics)) {
    expect(TOPIC_SETTINGS[topic as keyof typeof TOPIC_SETTINGS].config).toMatchObject(keptFor(days))
  }
  expect(keptFor(null)).toEqual({ 'retention.ms': '-1' })
})
