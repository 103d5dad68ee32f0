/** Stores of a world together, day by day, with what they send one another. */
import type { World } from '../world/world.ts'
import type { Conditions, ReorderPolicy, StoreDay } from './model.ts'
import { StoreSimulation } from './store-simulation.ts'
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

export class Chain {
  readonly #simulations: readonly StoreSimulation[]
  readonly #byStore: ReadonlyMap<number, StoreSimulation>
  #day: number

  constructor({ conditions, stores, from, policy, saved }: ChainOptions) {
    const { world } = conditions
    const indexes = stores ?? Array.from(world.stores.keys())
    checkClusters(world, indexes)
    const arrays = dayArrays(world.products.length)
    this.#simulations = indexes.map(
      (store, index) =>
        new StoreSimulation({ conditions, store, from, policy, saved: saved?.[index], arrays }),
    )
    this.#byStore = new Map(this.#simulations.map((simulation) => [simulation.store, simulation]))
    this.#day = this.#simulations[0]?.day ?? from
  }

  /** The day that comes next. */
  get day(): number {
    return this.#day
  }

  /** Simulates a day of all stores. The arrays of a store day are used again for the next one. */
  nextDay(visit: (day: StoreDay) => void): void {
    for (const simulation of this.#simulations) visit(simulation.next({ wants: false }))
    for (const simulation of this.#simulations) {
      for (const transfer of simulation.sent()) this.#byStore.get(transfer.to)!.receive(transfer)
    }
    this.#day++
  }

  /** By store of `stores`: what StoreSimulation.save gives. */
  save(): Uint8Array[] {
    return this.#simulations.map((simulation) => simulation.save())
  }
}

function checkClusters({ stores }: World, indexes: readonly number[]): void {
  for (const [index, { store_id, cluster }] of stores.entries()) {
    const isAlone = !indexes.includes(index) && indexes.some((other) => stores[other]!.cluster === cluster)
    if (isAlone) {
      throw new Error(
        `A chain without store ${store_id} lacks a part of cluster ${cluster}, whose stores exchange goods. ` +
          `Give it all stores of the cluster, or none.`,
      )
    }
  }
}
