/**
 * What the twin's demand fluctuates around: the mean of each store, SKU and day by its factors, which nobody on the
 * platform knows. The best that any forecast could tell. Written as CSV: store_id, sku, day, mean (pieces, kilograms or
 * litres).
 */
import { writeFileSync } from 'node:fs'
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { storeRange } from '@shelfcast/datagen/sim/store-range'
import type { World } from '@shelfcast/datagen/world/world'

export function writeLatentMeans(
  world: World,
  seed: number,
  span: { from: string; to: string },
  path: string,
): void {
  const conditions = createConditions(world, seed)
  const lines = ['store_id,sku,day,mean']
  const ranges = world.stores.map((_, store) => storeRange(world, seed, store))
  for (let day = dayOf(span.from); day <= dayOf(span.to); day++) {
    const factors = conditions.on(day)
    for (const range of ranges) {
      const { store, zone, first, product, mean, weighed, portion } = range
      for (let category = 0; category < world.categories.length; category++) {
        const factor =
          factors.storeFactor[store]! * factors.categoryFactor[store * world.categories.length + category]!
        for (let slot = first[category]!; slot < first[category + 1]!; slot++) {
          const demand =
            mean[slot]! * factor * factors.productFactor[zone * world.products.length + product[slot]!]!
          const size = weighed[slot] === 1 ? portion[slot]! / 1_000 : 1
          if (demand > 0)
            lines.push(
              `${world.stores[store]!.store_id},${world.products[product[slot]!]!.sku},${dateOf(day)},${(demand * size).toPrecision(7)}`,
            )
        }
      }
    }
  }
  writeFileSync(path, `${lines.join('\n')}\n`)
}
