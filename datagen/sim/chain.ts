/** Stores of a world together, day by day, with what they send one another. */
import type { Conditions, ReorderPolicy, StoreDay } from './model.ts'
import { createStoreSimulation } from './store-simulation.ts'
import { dayArrays } from './store-slots.ts'

export interface ChainOptions {
  /** World and seed are the conditions'. */
  conditions: Conditions
  /** Store indexes, all of them when absent. Stores exchange goods within a cluster, so it must be there whole. */
  stores?: readonly number[]
  /** First day; a saved chain goes on with its own next day. */
  from: number
  policy?: ReorderPolicy
  /** What `save` gave: the state of each store of `stores`. */
  saved?: readonly Uint8Array[]
}

export interface Chain {
  /** The day that comes next. */
  readonly day: number
  /** Simulates a day of all stores. The arrays of a store day are used again for the next one. */
  nextDay(visit: (day: StoreDay) => void): void
  /** By store of `stores`: what StoreSimulation.save gives. */
  save(): Uint8Array[]
}

export function createChain({ conditions, stores, from, policy, saved }: ChainOptions): Chain {
  const { world } = conditions
  const indexes = stores ?? Array.from(world.stores.keys())
  for (const [index, { store_id, cluster }] of world.stores.entries()) {
    const isAlone =
      !indexes.includes(index) && indexes.some((other) => world.stores[other]!.cluster === cluster)
    if (isAlone) {
      throw new Error(
        `A chain without store ${store_id} lacks a part of cluster ${cluster}, whose stores exchange goods. ` +
          `Give it all stores of the cluster, or none.`,
      )
    }
  }
  const arrays = dayArrays(world.products.length)
  const simulations = indexes.map((store, index) =>
    createStoreSimulation({ conditions, store, from, policy, saved: saved?.[index], arrays }),
  )
  const byStore = new Map(simulations.map((simulation) => [simulation.store, simulation]))
  let day = simulations[0]?.day ?? from
  return {
    get day() {
      return day
    },
    nextDay(visit) {
      for (const simulation of simulations) visit(simulation.next({ wants: false }))
      for (const simulation of simulations) {
        for (const transfer of simulation.sent()) byStore.get(transfer.to)!.receive(transfer)
      }
      day++
    },
    save: () => simulations.map((simulation) => simulation.save()),
  }
}
