/** The champion of before serves again. Only by hand. */
import type { Job } from './job.ts'
import { score } from './score.ts'
import type { Stores } from './stores.ts'

export function rollBack(stores: Stores): Job {
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
