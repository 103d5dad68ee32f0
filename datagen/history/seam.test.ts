/** Where the history ends, the live stream goes on: its first days are those that a longer history would have. */

import { dayOf, localDay } from '@shelfcast/contracts/dates'
import { type Basket, netAmount } from '@shelfcast/contracts/events'
import { expect, test } from 'vitest'
import { tillWorld } from '../../test/datagen/tills.ts'
import { Chain } from '../sim/chain.ts'
import { createConditions } from '../sim/conditions.ts'
import { PLAIN_POLICY } from '../sim/model.ts'
import { createLive } from '../till/live.ts'
import { writeSales } from './sales.ts'

/** Stores on four continents, whose days begin at different hours; nothing goes wrong at their tills. */
const world = tillWorld()
const from = dayOf('2026-01-01')
const last = dayOf('2026-01-31')
const LIVE_DAYS = 2

type Totals = Record<string, number>
const add = (totals: Totals, what: string, amount: number) => {
  if (amount !== 0) totals[what] = (totals[what] ?? 0) + amount
}

test('a history and the live stream after it are one longer history', async () => {
  const conditions = createConditions(world, 5)
  const storeIndexes = [...world.stores.keys()]

  const expected: Totals = {}
  const unbroken = new Chain({ conditions, from })
  while (unbroken.day <= last) unbroken.nextDay(() => undefined)
  while (unbroken.day <= last + LIVE_DAYS) {
    unbroken.nextDay(({ store, day, sold, revenue, returns }) => {
      const { store_id } = world.stores[store]!
      for (const [product, { sku }] of world.products.entries()) {
        add(expected, `${store_id} ${day} ${sku} units`, sold[product]!)
        add(expected, `${store_id} ${day} ${sku} revenue`, revenue[product]!)
      }
      for (const { product, quantity } of returns) {
        add(expected, `${store_id} ${day} ${world.products[product]!.sku} returned`, quantity)
      }
    })
  }

  // given a history that ends, and a live stream that takes its stores over
  const states = await writeSales({
    conditions,
    stores: storeIndexes,
    span: { from, to: last },
    put: async () => undefined,
  })
  const live = createLive({ conditions, policy: PLAIN_POLICY, run: 'SEAM' }, { day: last + 1, states })

  // when it runs until the days are over at all stores
  const actual: Totals = {}
  const zones = new Map(world.stores.map(({ store_id, time_zone }) => [store_id, time_zone]))
  const isOver = () => world.stores.every(({ time_zone }) => localDay(time_zone, live.at) > last + LIVE_DAYS)
  while (!isOver()) {
    for (const { topic, value } of live.hour().events) {
      if (topic !== 'sales-transactions') continue
      const { kind, store_id, event_time, lines } = JSON.parse(value.toString()) as Basket
      const day = localDay(zones.get(store_id)!, Date.parse(event_time))
      if (day > last + LIVE_DAYS) continue
      for (const line of lines) {
        const what = `${store_id} ${day} ${line.sku}`
        add(actual, `${what} ${kind === 'sale' ? 'units' : 'returned'}`, line.quantity)
        if (kind === 'sale') add(actual, `${what} revenue`, netAmount(line))
      }
    }
  }
  expect(Object.keys(expected).length).toBeGreaterThan(2 * LIVE_DAYS * world.stores.length)
  expect(actual).toEqual(expected)
})
