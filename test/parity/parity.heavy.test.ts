/** Both engines over a large dirty topic and over real data, and Spark killed in mid-batch again and again. */
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aggregateFaults } from '../stack/aggregates.ts'
import { lakeOf, warehouseOf } from '../stack/figures.ts'
import { NO_REAL_DATA, REAL_DATA } from '../stack/real-data.ts'
import {
  blocks,
  difference,
  type Engine,
  type EngineName,
  loaded,
  NO_SPARK,
  prints,
  startEngine,
  TEST_SPARK,
} from './engines.ts'
import { dirtyTopic, sendTopic, type TopicMessage } from './topic.ts'

const BASKETS = 200_000
const KILLS = 6
const LOADED_WITHIN_MS = 900_000
const POLL_MS = 200

if (!TEST_SPARK) process.stderr.write(`${NO_SPARK}\n`)
if (NO_REAL_DATA) process.stderr.write(`SKIPPED: real data: ${NO_REAL_DATA}\n`)

const ACCEPTED_TWICE = `
  select id_hash
  from fact_sales
  where id_hash != 0 and replay_of = ''
  group by id_hash
  having count() > 1
  limit 5`

const say = (text: string) => process.stdout.write(`${text}\n`)

interface Opened {
  engine: Engine
  warehouse: Warehouse
  seconds: number
}

async function blockCount({ stack }: Engine): Promise<number> {
  let count = 0
  for (const topic of EVENT_TOPICS) {
    for await (const _ of lakeOf(stack.environment).list('raw', `${topic}/`)) count++
  }
  return count
}

/** Kills Spark each time that it has landed something more, until it was killed often enough. */
async function killInMidBatch(engine: Engine): Promise<number> {
  const killed: number[] = []
  let lastCount = 0
  while (killed.length < KILLS) {
    const count = await blockCount(engine)
    if (count > lastCount) {
      lastCount = count
      killed.push(count)
      engine.stack.part('spark').kill()
      await engine.stack.part('spark').ready()
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    if (await isLanded(engine)) break
  }
  say(`killed after ${killed.join(', ')} blocks`)
  return killed.length
}

async function isLanded(engine: Engine): Promise<boolean> {
  const warehouse = warehouseOf(engine.stack.environment)
  try {
    await loaded(engine.stack, warehouse, 0)
    return true
  } catch {
    return false
  } finally {
    await warehouse.close()
  }
}

describe.skipIf(!TEST_SPARK)('node, spark, and spark that is killed', () => {
  let messages: TopicMessage[]
  const opened = {} as Record<'node' | 'spark' | 'killed', Opened>

  async function open(role: keyof typeof opened, name: EngineName): Promise<void> {
    let began = 0
    const engine = await startEngine(name, async (variables) => {
      await sendTopic(variables, messages)
      began = performance.now()
    })
    const { stack } = engine
    if (role === 'killed') expect(await killInMidBatch(engine)).toBeGreaterThanOrEqual(KILLS / 2)
    const warehouse = warehouseOf(stack.environment)
    await loaded(stack, warehouse, LOADED_WITHIN_MS)
    const seconds = (performance.now() - began) / 1_000
    opened[role] = { engine, warehouse, seconds }
    say(`${role}: ${messages.length} messages, start included, in ${seconds.toFixed(0)} s`)
  }

  beforeAll(async () => {
    // So little that older ids have to be looked up in the warehouse, by all three.
    vi.stubEnv('INGEST_ID_MEMORY_MB', '1')
    messages = dirtyTopic(BASKETS, 5)
    await open('node', 'node')
    await opened.node.engine.stop()
    await open('spark', 'spark')
    await opened.spark.engine.stop()
    await open('killed', 'spark')
  }, 3_600_000)

  afterAll(async () => {
    vi.unstubAllEnvs()
    await Promise.all(Object.values(opened).map(({ warehouse }) => warehouse.close()))
    await Promise.all(Object.values(opened).map(({ engine }) => engine.end()))
  }, 300_000)

  test('Spark that was killed has the same blocks as Spark that was not', async () => {
    await opened.spark.engine.start()
    const whole = await blocks(opened.spark.engine.stack)
    expect(whole.length).toBeGreaterThan(6)
    expect(await blocks(opened.killed.engine.stack)).toEqual(whole)
  }, 600_000)

  test('all three have the same rows', async () => {
    await opened.node.engine.start()
    for (const each of Object.values(opened)) {
      await each.warehouse.close()
      each.warehouse = warehouseOf(each.engine.stack.environment)
    }
    const printed = await prints(opened.node.warehouse)
    const rows = Object.values(printed).reduce((sum, each) => sum + each.rows, 0)
    say(`${rows} rows compared`)
    expect(rows).toBeGreaterThan(4 * BASKETS)
    for (const role of ['spark', 'killed'] as const) {
      const actual = await prints(opened[role].warehouse)
      if (JSON.stringify(actual) !== JSON.stringify(printed)) {
        expect(await difference(opened.node.warehouse, opened[role].warehouse)).toEqual([])
      }
      expect(actual).toEqual(printed)
      expect(await aggregateFaults(opened[role].warehouse)).toEqual([])
      expect(await rowsOf(opened[role].warehouse, ACCEPTED_TWICE)).toEqual([])
    }
  }, 900_000)

  test.skipIf(NO_REAL_DATA)(
    'replayed real data come out alike',
    async () => {
      await opened.killed.engine.stop()
      for (const { engine, warehouse } of [opened.node, opened.spark]) {
        const { environment } = engine.stack
        const output = await run(
          process.execPath,
          [`${REPOSITORY}/datagen/replay.ts`, 'online-retail', REAL_DATA.onlineRetail],
          { env: { ...process.env, ...environment } },
        )
        say(output.trim().split('\n').slice(0, 12).join('\n'))
        await loaded(engine.stack, warehouse, LOADED_WITHIN_MS)
      }
      // The clock of the sender is another one each time.
      const printed = await prints(opened.node.warehouse, 'produced_at')
      expect(await prints(opened.spark.warehouse, 'produced_at')).toEqual(printed)
    },
    1_800_000,
  )
})
