/** Runs on their stage: stores of a fake live stream, a lake in memory, and a sender that keeps what it is given. */

import { DAY_MS, dateOf, dayOf, HOUR_MS } from '@shelfcast/contracts/dates'
import type { Speed } from '@shelfcast/contracts/twin'
import { expect, test } from 'vitest'
import { fakeLive, memoryLake, type PlayedRun, startRun, Topic } from '../../test/datagen/director.ts'
import { store, world as tinyWorld } from '../../test/datagen/world.ts'
import type { World } from '../world/world.ts'
import type { PlacedEvent } from './stream.ts'

/** Midnight in Dublin in winter. */
const BEGIN = Date.UTC(2026, 0, 5)
/** On a machine that is busy. */
const PATIENT = { timeout: 15_000 }
const world = tinyWorld()

const placeOf = ({ event_time, store_id }: PlacedEvent) => `${event_time} ${store_id}`

function start(
  { lake }: ReturnType<typeof memoryLake>,
  topic: Topic,
  { speed = 'max', of = world }: { speed?: Speed; of?: World } = {},
) {
  const live = fakeLive(of, BEGIN)
  return startRun({ lake, topic, world: of, live, speed }).then((run) => ({ ...run, live }))
}

test('the first night goes out at once, and then the clock runs from the first opening', async () => {
  const topic = new Topic()
  const { clock, stop } = await start(memoryLake(), topic, { speed: 1 })
  // Two stores open at seven: seven hours of four messages each, and the one of seven sharp.
  await topic.reach(7 * 8 + 2)
  expect(clock.time()).toBeGreaterThanOrEqual(BEGIN + 7 * HOUR_MS)
  expect(clock.time()).toBeLessThan(BEGIN + 8 * HOUR_MS)
  await new Promise(setImmediate)
  expect(topic.events).toHaveLength(7 * 8 + 2)
  await stop()
})

test('a happening holds from the next whole hour on, until it is ended', async () => {
  const topic = new Topic()
  const { clock, director, stop } = await start(memoryLake(), topic, { speed: 1 })
  await topic.reach(7 * 8 + 2)
  const happening = await director.happen({ kind: 'viral_product', sku: '1002', days: 2, strength: 5 })
  expect(happening).toMatchObject({
    id: 'viral_product-1',
    active: false,
    from: new Date(BEGIN + 8 * HOUR_MS).toISOString(),
    to: new Date(BEGIN + 56 * HOUR_MS).toISOString(),
    product_name: 'Croissants',
  })
  clock.setSpeed('max')
  await topic.reach(9 * 8)
  clock.pause()
  await new Promise(setImmediate)
  const after = topic.events.length
  expect(director.state().happenings).toMatchObject([{ id: 'viral_product-1', active: true }])
  const ended = await director.end('viral_product-1')
  clock.resume()
  await topic.reach(after + 24)
  await stop()

  const holds = (text: string) => (JSON.parse(text).now as string[]).includes('viral_product-1')
  const texts = topic.texts()
  expect(texts.slice(0, 8 * 8).some(holds)).toBe(false)
  expect(texts.slice(8 * 8, after).every(holds)).toBe(true)
  expect(texts.slice(after + 8).some(holds)).toBe(false)
  expect(ended.happenings).toEqual([])
  await expect(director.end('viral_product-1')).rejects.toThrow('Nothing happens now')
})

test('after a kill the stream goes on with the same bytes, happenings and orders included', async () => {
  const whole = memoryLake()
  const cut = memoryLake()
  const [one, two] = [new Topic(), new Topic()]
  const messages = 60 * 8

  async function direct({ clock, director }: PlayedRun) {
    clock.pause()
    await director.happen({ kind: 'festival', stores: ['DUB-02'], hours: 10 })
    await director.order({
      purchase_order_id: 'PO-1',
      store_id: 'DUB-01',
      lines: [{ sku: '1001', quantity: 12 }],
    })
    await director.policy({ kind: 'external', store_id: 'DUB-02' })
    clock.setSpeed('max')
    clock.resume()
  }

  // given two runs that are asked the same in the same hour
  const first = await start(whole, one, { speed: 1 })
  await one.reach(7 * 8 + 2)
  await direct(first)
  await one.reach(messages)
  await first.stop()

  // when one of them is killed twice, the second time a day later
  const second = await start(cut, two, { speed: 1 })
  await two.reach(7 * 8 + 2)
  await direct(second)
  await two.reach(20 * 8)
  await second.kill()
  const third = await start(cut, two)
  expect(third.stage.isNew).toBe(false)
  await two.reach(two.events.length + 30 * 8)
  await third.kill()
  const fourth = await start(cut, two)
  await two.reach(two.events.length + 60 * 8)
  await fourth.stop()

  // then each message is there, some twice, each with the bytes that it has in the other run
  const expected = new Map(one.events.map((event) => [placeOf(event), String(event.value)]))
  const actual = two.events.filter((event) => expected.has(placeOf(event)))
  expect(new Set(actual.map(placeOf)).size).toBeGreaterThanOrEqual(50 * 8)
  for (const event of actual) expect(String(event.value)).toBe(expected.get(placeOf(event)))
  expect(fourth.director.state()).toMatchObject({
    external_stores: ['DUB-02'],
    orders: [{ purchase_order_id: 'PO-1' }],
  })
})

test('at the end of 2099 the run stands still, and can be stopped', async () => {
  const topic = new Topic()
  const live = fakeLive(world, Date.UTC(2099, 11, 30))
  const run = await startRun({ ...memoryLake(), topic, world, live })
  await expect.poll(() => run.director.state().clock.paused, PATIENT).toBe(true)
  expect(topic.events.at(-1)!.event_time).toBe(Date.UTC(2099, 11, 30, 23, 45))
  await run.stop()
})

test('a clean stop sends nothing twice', async () => {
  const memory = memoryLake()
  const topic = new Topic()
  const first = await start(memory, topic)
  await topic.reach(101)
  await first.stop()
  const second = await start(memory, topic)
  await topic.reach(300)
  await second.stop()
  expect(new Set(topic.texts()).size).toBe(topic.events.length)
})

test('a jump sends what is left of today, keeps the days between silent, and goes on in the morning', async () => {
  // given stores in two time zones
  const zones = tinyWorld({
    stores: [store(), store({ store_id: 'AMS-01', time_zone: 'Europe/Amsterdam' })],
  })
  const topic = new Topic()
  const memory = memoryLake()
  const playing = await start(memory, topic, { speed: 1, of: zones })
  const { clock, director, days, stop } = playing
  await topic.reach(6 * 8 + 2)
  // when
  const { jump } = await director.jump('2026-01-09')
  expect(jump).toMatchObject({ to: '2026-01-09' })
  await expect(director.jump('2026-02-01')).rejects.toThrow('A jump to 2026-01-09 is under way')
  await expect.poll(() => director.state().jump, PATIENT).toBe(null)
  clock.setSpeed('max')
  await expect
    .poll(() => days.filter(({ day }) => day.day >= dayOf('2026-01-09')).length, PATIENT)
    .toBeGreaterThan(1)
  await stop()
  // then each store has messages of its own 5th and 9th, and of no day between
  for (const { store_id, time_zone } of zones.stores) {
    const dates = topic.events
      .filter((event) => event.store_id === store_id)
      .map(({ event_time }) => new Date(event_time).toLocaleDateString('sv', { timeZone: time_zone }))
    expect([...new Set(dates)].slice(0, 2)).toEqual(['2026-01-05', '2026-01-09'])
    expect(dates.filter((date) => date === '2026-01-05').length).toBeGreaterThan(90)
  }
  // and the days between are told once for each store, as silent ones
  const silent = days
    .filter(({ silence }) => silence !== undefined)
    .map(({ day }) => `${day.store} ${dateOf(day.day)}`)
  expect(silent.sort()).toEqual(
    [0, 1].flatMap((index) => ['2026-01-06', '2026-01-07', '2026-01-08'].map((date) => `${index} ${date}`)),
  )
})

test('a jump goes forward only, and to a date that there is', async () => {
  const { director, stop } = await start(memoryLake(), new Topic(), { speed: 1 })
  await expect(director.jump('2026-01-05')).rejects.toThrow('Use a date from 2026-01-06')
  await expect(director.jump('2026-02-30')).rejects.toThrow('not in the calendar')
  await expect(director.jump('2100-01-01')).rejects.toThrow('too far')
  await stop()
})

test('a kill in the middle of a jump is made good', async () => {
  const memory = memoryLake()
  const topic = new Topic()
  const first = await start(memory, topic, { speed: 1 })
  await topic.reach(58)
  await first.director.jump('2026-03-20')
  await expect.poll(() => first.stage.live.at, PATIENT).toBeGreaterThan(BEGIN + 40 * DAY_MS)
  await first.kill()
  const count = topic.events.length
  const second = await start(memory, topic, { speed: 1 })
  await expect.poll(() => second.director.state().jump, PATIENT).toBe(null)
  await topic.reach(count + 8)
  await second.stop()
  const silent = [...first.days, ...second.days].filter(({ silence }) => silence !== undefined)
  const dates = new Set(silent.filter(({ day }) => day.store === 0).map(({ day }) => day.day))
  expect(dates.size).toBe(dayOf('2026-03-20') - dayOf('2026-01-06'))
  expect(
    topic
      .texts()
      .slice(count)
      .filter((text) => JSON.parse(text).at < '2026-03-20'),
  ).toEqual([])
})

test('an order is posted once, whenever and however often it is sent', async () => {
  const memory = memoryLake()
  const topic = new Topic()
  const order = { purchase_order_id: 'PO-7', store_id: 'DUB-01', lines: [{ sku: '1001', quantity: 12 }] }
  const first = await start(memory, topic, { speed: 1 })
  expect((await first.director.order(order)).isNew).toBe(true)
  expect(
    (await first.director.order({ lines: order.lines, store_id: 'DUB-01', purchase_order_id: 'PO-7' })).isNew,
  ).toBe(false)
  await expect(first.director.order({ ...order, store_id: 'DUB-02' })).rejects.toThrow('another content')
  expect(first.live.commands).toEqual(['post PO-7'])
  await first.kill()

  const second = await start(memory, topic)
  await topic.reach(topic.events.length + 60 * 8)
  expect((await second.director.order(order)).isNew).toBe(false)
  await second.stop()
  expect(second.live.commands).toEqual(['post PO-7'])
})
