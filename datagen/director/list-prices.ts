/**
 * Reference data of the twin. List prices and costs follow inflation with each new year, as retailers correct them:
 * the gate holds prices at the till against them.
 */

import { dayNumber } from '@shelfcast/contracts/dates'
import type { Lake } from '@shelfcast/runtime/lake'
import { publishReference } from '../send.ts'
import { exp } from '../sim/arithmetic.ts'
import { createEconomy } from '../sim/economy.ts'
import { TWIN_SOURCE, toReference } from '../world/reference.ts'
import type { World } from '../world/world.ts'

export interface ListPrices {
  /** Publishes what holds in the year of an instant, unless it was the last to be published. @param at milliseconds since 1970 */
  publish(at: number): Promise<void>
}

export function createListPrices(options: { lake: Lake; world: World; seed: number }): ListPrices {
  const { lake, world, seed } = options
  const economy = createEconomy(world, seed)
  let published: number | undefined
  return {
    async publish(at) {
      const year = new Date(at).getUTCFullYear()
      if (year === published) return
      const level = exp(economy.prices(dayNumber(year, 1, 1)))
      await publishReference(lake, { name: TWIN_SOURCE, reference: async () => toReference(world, level) })
      published = year
    },
  }
}
