/** The champion of before serves again. Only by hand. */

import type { Backends } from '../backends.ts'
import type { Job } from '../engine/job.ts'
import { score } from './score.ts'

export function rollBack(stores: Backends): Job {
  return {
    name: 'roll-back',
    does: 'the demand model that served before serves again',
    schedule: undefined,
    runsAtStart: false,
    needsStores: true,
    async run({ signal }) {
      const back = await stores.registry.rollBack('demand', { actor: 'job roll-back' })
      const scored = await score(stores, { signal, force: true })
      return {
        figures: { rows: scored?.rows ?? 0 },
        shortfalls: back.state === 'champion' ? [] : [`${back.version} does not serve.`],
      }
    },
  }
}
