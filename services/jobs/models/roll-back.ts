/** The champion of before serves again. Only by hand. */

import type { Job } from '../engine/job.ts'

export function rollBack(): Job<'roll-back'> {
  return {
    name: 'roll-back',
    async run({ backends, actor }) {
      const { version } = await backends.registry.rollBack('demand', { actor })
      return { figures: {}, shortfalls: [], detail: { version } }
    },
  }
}
