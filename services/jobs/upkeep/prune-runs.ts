/** Runs that ended long ago go out of the operational store, and answers that nobody asks for again. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import { ANSWERS_KEPT_DAYS, createSubmissions } from '@shelfcast/operational/submissions'
import type { Job } from '../engine/job.ts'

/** Some hundred are asked for on a day, most of which find nothing to do. */
const KEPT_DAYS = 30

export function pruneRuns(): Job<'prune-runs'> {
  return {
    name: 'prune-runs',
    async run({ backends, now }) {
      const before = (days: number) => new Date(now() - days * DAY_MS)
      const [runs, answers] = await Promise.all([
        backends.runs.prune(before(KEPT_DAYS)),
        createSubmissions(backends.operational).prune(before(ANSWERS_KEPT_DAYS)),
      ])
      return { figures: { runs, answers }, shortfalls: [] }
    },
  }
}
