import { expect, test } from 'vitest'
import { steadyConditions } from '../../test/datagen/store.ts'
import { product, store, world } from '../../test/datagen/world.ts'
import { Chain } from './chain.ts'

const FROM = 20_416
/** Three stores with far too much of goods that hardly sell. */
function overstocked() {
  const stores = ['A', 'B', 'C'].map((name) => store({ store_id: name, cluster: 'east' }))
  const slow = { shelf_life_days: 500, daily_units: 0.2, pack_multiple: 60, supplier_id: 'dry' }
  const items = Array.from({ length: 20 }, (_, index) => product({ sku: `90${index}`, ...slow }))
  return world({ stores, products: items })
}

test('what a store sends is what another receives, two days later, with its lot', () => {
  const chain = new Chain({ conditions: steadyConditions(overstocked()), from: FROM })
  const moves: { day: number; lot: string; quantity: number }[] = []
  for (let day = 0; day < 300; day++) {
    chain.nextDay(({ movements, day: today }) => {
      for (const { kind, quantity, lot } of movements) {
        if (kind === 'transfer') moves.push({ day: today, lot: lot!, quantity })
      }
    })
  }
  const sent = moves.filter(({ quantity, day }) => quantity < 0 && day < FROM + 298)
  const received = moves.filter(({ quantity }) => quantity > 0)
  expect(sent.length).toBeGreaterThan(5)
  const key = ({ day, lot, quantity }: (typeof moves)[number]) => `${day} ${lot} ${quantity}`
  expect(received.map(key).sort()).toEqual(
    sent.map(({ day, lot, quantity }) => key({ day: day + 2, lot, quantity: -quantity })).sort(),
  )
})

test('a chain opened from what it saved goes on as it would have', () => {
  const conditions = steadyConditions(overstocked())
  const on = new Chain({ conditions, from: FROM })
  for (let day = 0; day < 150; day++) on.nextDay(() => {})
  const opened = new Chain({ conditions, from: 0, saved: on.save() })
  expect(opened.day).toBe(on.day)
  for (let day = 0; day < 60; day++) {
    on.nextDay(() => {})
    opened.nextDay(() => {})
  }
  expect(opened.save()).toEqual(on.save())
})

test('part of a cluster is refused', () => {
  expect(
    () => new Chain({ conditions: steadyConditions(overstocked()), from: FROM, stores: [0, 2] }),
  ).toThrow(/store B .* cluster east/)
})
