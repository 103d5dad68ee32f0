import { snapshotName } from '@shelfcast/contracts/datasets/layout'
import type { Product } from '@shelfcast/contracts/datasets/products'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { dayOf } from '@shelfcast/contracts/dates'
import { LIMITS } from '@shelfcast/contracts/refusals'
import { expect, test } from 'vitest'
import { memoryLake } from '../../test/datagen/director.ts'
import { createConditions } from '../sim/conditions.ts'
import { createPreset } from '../world/presets.ts'
import { PROFILES } from '../world/world.ts'
import { createListPrices } from './list-prices.ts'

const SEED = 3

test('list prices follow the shelf in every year of a run, so that no right price is unlikely', async () => {
  const world = createPreset('small')
  const { lake, objects } = memoryLake()
  const prices = createListPrices({ lake, world, seed: SEED })
  const conditions = createConditions(world, SEED)
  for (const year of [2026, 2060, 2099]) {
    await prices.publish(Date.UTC(year, 5, 1))
    const text = objects.get(`raw/${snapshotName(PRODUCTS, 'twin')}`)!.toString()
    const lines = text.trim().split('\n')
    const list = new Map(
      lines.map((line) => JSON.parse(line) as Product).map(({ sku, price }) => [sku, price!]),
    )
    const { price } = conditions.on(dayOf(`${year}-12-30`))
    for (const [product, { sku }] of world.products.entries()) {
      for (const zone of PROFILES.keys()) {
        const ratio = price[zone * world.products.length + product]! / list.get(sku)!
        // Half of it is left for markdowns, and ten times or a tenth of it is still outside.
        expect(ratio, `${sku} in ${year}`).toBeGreaterThan(2 / LIMITS.listPriceFactor)
        expect(ratio, `${sku} in ${year}`).toBeLessThan(LIMITS.listPriceFactor / 2)
      }
    }
  }
})
