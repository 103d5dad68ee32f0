/** Runs of the real live stream: a world of two stores, a lake in memory, a broker that acknowledges at once. */
import { zstdDecompressSync } from 'node:zlib'
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { memoryLake, startRun, Topic } from '../../test/datagen/director.ts'
import { world as tinyWorld } from '../../test/datagen/world.ts'
import { createConditions } from '../sim/conditions.ts'
import { PLAIN_POLICY } from '../sim/model.ts'
import { createLive, openLive } from '../till/live.ts'
import { runOf } from './run.ts'
import { createSilentDays } from './silent-days.ts'
import type { LiveMaker } from './stage.ts'

const world = tinyWorld()
const PATIENT = { timeout: 15_000 }

function realLive(): LiveMaker {
  const options = { conditions: createConditions(world, 1), policy: PLAIN_POLICY, run: 'T' }
  return {
    begin: (onDay) => createLive({ ...options, onDay }, { day: dayOf('2026-01-05') }),
    open: (snapshot, onDay) => openLive({ ...options, onDay }, snapshot),
  }
}

const placeOf = ({ next }: { next: { hour: number; sent: number } }) => `${next.hour} ${next.sent}`

test('an order that is posted comes back as receipts with its purchase_order_id', async () => {
  const topic = new Topic()
  const run = await startRun({ ...memoryLake(), topic, world, live: realLive(), speed: 1 })
  await run.director.order({
    purchase_order_id: 'PO-42',
    store_id: 'DUB-02',
    lines: [
      { sku: '1001', quantity: 18 },
      { sku: '3002', quantity: 4_000 },
    ],
  })
  run.clock.setSpeed('max')
  const receipts = () =>
    topic.events
      .filter((event) => event.topic === 'inventory-updates')
      .map(({ value }) => JSON.parse(value.toString()))
      .filter(({ purchase_order_id }) => purchase_order_id === 'PO-42')
  await expect.poll(() => new Set(receipts().map(({ sku }) => sku)).size, PATIENT).toBe(2)
  await run.stop()
  for (const receipt of receipts()) {
    expect(receipt).toMatchObject({ kind: 'receipt', store_id: 'DUB-02' })
    expect(receipt.quantity).toBeGreaterThan(0)
    expect(receipt.quantity).toBeLessThanOrEqual(receipt.sku === '1001' ? 18 : 4_000)
  }
}, 30_000)

test('after a kill the till goes on byte for byte, with what the director let happen', async () => {
  const [whole, cut] = [new Topic(), new Topic()]
  const [one, two] = [memoryLake(), memoryLake()]
  async function begin(memory: typeof one, topic: Topic) {
    const run = await startRun({ ...memory, topic, world, live: realLive(), speed: 1 })
    run.clock.pause()
    await run.director.happen({ kind: 'viral_product', sku: '1002', days: 1 })
    await run.director.order({
      purchase_order_id: 'PO-1',
      store_id: 'DUB-01',
      lines: [{ sku: '1001', quantity: 60 }],
    })
    run.clock.setSpeed('max')
    run.clock.resume()
    return run
  }
  const first = await begin(one, whole)
  await whole.reach(1_500)
  await first.stop()

  const second = await begin(two, cut)
  await cut.reach(170)
  await second.kill()
  for (const more of [300, 1_200]) {
    const next = await startRun({ ...two, topic: cut, world, live: realLive() })
    await cut.reach(cut.events.length + more)
    await next.kill()
  }
  const expected = new Map(whole.events.map((event) => [placeOf(event), event.value.toString()]))
  const again = cut.events.filter((event) => expected.has(placeOf(event)))
  expect(new Set(again.map(placeOf)).size).toBeGreaterThan(1_000)
  for (const event of again) expect(event.value.toString()).toBe(expected.get(placeOf(event)))
}, 30_000)

test('the days that a jump goes over are in files of the history, once, to the unit and the cent', async () => {
  const memory = memoryLake()
  const topic = new Topic()
  const silent = createSilentDays({
    lake: memory.lake,
    world,
    run: runOf(world, 'abcdef012345', 1),
  })
  const expected: unknown[] = []
  const run = await startRun({
    lake: memory.lake,
    topic,
    world,
    live: realLive(),
    speed: 1,
    onDay(day, silence) {
      if (!silence) return
      silent.add(day, silence)
      for (const [product, { sku }] of world.products.entries()) {
        if (!day.listed[product]) continue
        const { store_id } = world.stores[day.store]!
        expected.push([dateOf(day.day), store_id, sku, day.sold[product], day.revenue[product]])
      }
    },
    closed: silent.close,
  })
  await run.director.jump('2026-02-20')
  await expect.poll(() => run.director.state().jump, PATIENT).toBeNull()
  await run.stop()

  const rows: unknown[][] = []
  const files = [...memory.objects].filter(([key]) =>
    key.startsWith('raw/datasets/jumps/twin/tiny-1-abcdef012345/'),
  )
  expect(files.map(([key]) => key)).toEqual(files.map(([key]) => key).toSorted())
  for (const [, bytes] of files) {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const read = await parquetReadObjects({
      file,
      compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    })
    for (const { business_date, store_id, sku, units, revenue } of read) {
      rows.push([(business_date as Date).toISOString().slice(0, 10), store_id, sku, units, Number(revenue)])
    }
  }
  // Every four weeks of a jump make a file.
  expect(files.length).toBeGreaterThan(1)
  expect(new Set(rows.map(([date]) => date)).size).toBe(dayOf('2026-02-20') - dayOf('2026-01-06'))
  expect(rows.toSorted()).toEqual(expected.toSorted())
}, 30_000)
