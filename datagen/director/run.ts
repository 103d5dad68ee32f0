/** The identity of a run: a world and a seed. Another world or another seed is another run, with a place of its own. */
import { createHash } from 'node:crypto'

export interface Run {
  /** Folder of its objects: small-1-3fa9c21d04be. */
  id: string
  /** In the ids of its messages, so that two runs into the same platform never share one: [A-Z0-9]{6}. */
  short: string
}

/** @param digest of the world: worldDigest(world) */
export function runOf(world: { name: string }, digest: string, seed: number): Run {
  const short = createHash('sha256').update(`${digest} ${seed}`).digest('hex').slice(0, 6).toUpperCase()
  return { id: `${world.name}-${seed}-${digest}`, short }
}

/** Names of a run's objects in the raw zone. */
export const runNames = (run: Run) => ({
  /** Which run came last: to tell that another one begins. */
  latest: 'twin/run.json',
  place: `twin/${run.id}/place.json`,
  /** Two, written in turn: the place says which of them is whole. */
  snapshot: (turn: 0 | 1) => `twin/${run.id}/snapshot-${turn}.bin`,
  order: (purchase_order_id: string) => `twin/${run.id}/orders/${purchase_order_id}.json`,
})
