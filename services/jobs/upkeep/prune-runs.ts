/** Runs that ended long ago go out of the operational store. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import type { Job } from '../engine/job.ts'

/** Some hundred are asked for on a day, most of which find nothing to do. */
const KEPT_DAYS = 30

export function pruneRuns(): Job<'prune-runs'> {
  return {
    name: 'prune-runs',
    async run({ backends, now }) {
      const runs = await backends.runs.prune(new Date(now() - KEPT_DAYS * DAY_MS))
      return { figures: { runs }, shortfalls: [] }
    },
  }
}
