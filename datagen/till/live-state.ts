/** What the live stream keeps between two hours, as bytes. */
import { deserialize, serialize } from 'node:v8'
import type { Conditions, Happening, PostedOrder, ReorderPolicy, Transfer } from '../sim/model.ts'
import type { SourceEvent } from '../source.ts'

export interface LiveState {
  /** Begin of the hour that comes next. */
  at: number
  happenings: readonly Happening[]
  /** Messages that were made and go out in a later hour. */
  carried: SourceEvent[]
  stores: readonly StoreState[]
}

export interface StoreState {
  /** The current day, or the one that comes next. */
  day: number
  /** StoreSimulation.save() before that day; a new store when absent. */
  state: Uint8Array | undefined
  /** Whether the day has begun: what was sent to the store before is then part of its state. */
  isBegun: boolean
  /** Whether the platform knows its stock: it was told where it begins, and no day was silent since. */
  isTold: boolean
  policy: ReorderPolicy
  /** Posted on that day. */
  orders: readonly PostedOrder[]
  incoming: readonly Transfer[]
}

/** Whose state it is: world and seed are the conditions'. */
interface Owner {
  conditions: Conditions
  run: string
}

export function writeState(owner: Owner, state: LiveState): Buffer {
  return serialize({ name: nameOf(owner), ...state })
}

export function readState(owner: Owner, bytes: Uint8Array): LiveState {
  const { name, ...state } = deserialize(bytes) as LiveState & { name: string }
  const expected = nameOf(owner)
  if (name !== expected) {
    throw new Error(
      `The snapshot is of ${name}, and not of ${expected}. Delete it to begin anew, or name another run.`,
    )
  }
  // Values come back as views of all that was read; each message has to stand by itself.
  for (const event of state.carried) event.value = Buffer.from(event.value)
  return state
}

function nameOf({ conditions: { world, seed }, run }: Owner): string {
  return `run ${run}, seed ${seed}, world ${world.name} with ${world.stores.length} stores and ${world.products.length} products`
}
