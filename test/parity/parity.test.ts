/** Both engines over the same dirty topic: the same accepted rows, the same refused rows, by the same reasons. */
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateFaults } from '../stack/aggregates.ts'
import { warehouseOf } from '../stack/figures.ts'
import {
  difference,
  type Engine,
  loaded,
  NO_SPARK,
  prints,
  refusals,
  startEngine,
  TEST_SPARK,
} from './engines.ts'
import { dirtyTopic, SPOILT_KINDS, sendTopic } from './topic.ts'

const BASKETS = 4_000
/** Often enough that each kind of dirt meets each topic. */
const SPOILT_EVERY = 20
const LOADED_WITHIN_MS = 240_000

if (!TEST_SPARK) process.stderr.write(`${NO_SPARK}\n`)

describe.skipIf(!TEST_SPARK)('node and spark', () => {
  const engines: Engine[] = []
  const warehouses: Warehouse[] = []

  beforeAll(async () => {
    const messages = dirtyTopic(BASKETS, 11, SPOILT_EVERY)
    for (const topic of EVENT_TOPICS)
      expect(messages.filter((message) => message.topic === topic).length, topic).toBeGreaterThan(
        SPOILT_KINDS.length * SPOILT_EVERY,
      )
    for (const name of ['node', 'spark'] as const) {
      const engine = await startEngine(name, (variables) => sendTopic(variables, messages))
      engines.push(engine)
      const warehouse = warehouseOf(engine.stack.environment)
      warehouses.push(warehouse)
      await loaded(engine.stack, warehouse, LOADED_WITHIN_MS)
    }
  }, 900_000)

  afterAll(async () => {
    await Promise.all(warehouses.map((warehouse) => warehouse.close()))
    await Promise.all(engines.map((engine) => engine.end()))
  }, 120_000)

  test('accept and refuse the same rows', async () => {
    const [node, spark] = warehouses as [Warehouse, Warehouse]
    const differences = await difference(node, spark)
    expect(differences).toEqual([])
    const printed = await prints(node)
    expect(Object.values(printed).reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(4 * BASKETS)
    expect(await prints(spark)).toEqual(printed)
  }, 60_000)

  test('refuse for every kind of reason', async () => {
    const reasons = await refusals(warehouses[1]!)
    expect(Object.keys(reasons)).toEqual(
      expect.arrayContaining([
        'discount_out_of_range',
        'duplicate_line',
        'line_schema',
        'not_json',
        'price_negative',
        'quantity_not_positive',
        'repeated',
        'schema',
        'time_out_of_range',
        'unknown_sku',
        'unknown_store',
        'unsupported_schema',
      ]),
    )
    expect(reasons).toEqual(await refusals(warehouses[0]!))
  })

  test('what Spark landed is in every aggregate', async () => {
    expect(await aggregateFaults(warehouses[1]!)).toEqual([])
  })
})
