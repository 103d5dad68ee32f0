/** Kills of every part at random moments while sales come in: nothing lost, nothing counted twice. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startStack } from '../scripts/supervise.ts'
import { dirtyBaskets, produce, publishReference, sum } from './dirt.ts'
import {
  type Figures,
  kafkaLines,
  lakeFigures,
  ledgerKeys,
  untilLanded,
  warehouseFigures,
} from './figures.ts'

const ROUNDS = 24
const BASKETS = 3_000
const VICTIMS = ['ingest', 'warehouse', 'lake', 'kafka'] as const

test(`${ROUNDS} kills at random moments`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcast-campaign-'))
  const stack = await startStack({
    dataDir: folder,
    ports: 'free',
    parts: ['kafka', 'lake', 'warehouse', 'ingest'],
  })
  let expected: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }
  try {
    await publishReference(stack.environment)
    for (let round = 0; round < ROUNDS; round++) {
      const victim = VICTIMS[round % VICTIMS.length]!
      const { messages, expected: outcome } = dirtyBaskets(BASKETS, round * BASKETS)
      expected = sum(expected, outcome)
      // A producer that loses its broker in mid-send may send twice, which is repetition and not what is shown here.
      const sent = produce(stack.environment, messages)
      if (victim === 'kafka') await sent
      const moment = Math.round(Math.random() * 3_000)
      await delay(moment)
      console.log(`round ${round + 1}: ${victim} killed after ${moment} ms`)
      stack.part(victim).kill()
      await sent
      await stack.part(victim).ready(60_000)
    }
    await untilLanded(stack.environment, 'sales-transactions', 300_000)
    const { blocks, ...lake } = await lakeFigures(stack.environment, 'sales-transactions')
    expect(lake).toEqual(expected)
    expect(await warehouseFigures(stack.environment)).toEqual(expected)
    expect(await ledgerKeys(stack.environment, 'sales-transactions')).toEqual([...blocks].sort())
    const lines = Object.values(expected.refused).reduce((total, count) => total + count, 0)
    expect(await kafkaLines(stack.environment)).toBe(expected.accepted + expected.reversed + lines)
  } finally {
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}, 900_000)
