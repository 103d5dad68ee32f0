/** All jobs. A new one is a file of its own and a line here. */

import { type Backends, openBackends } from './backends.ts'
import { fetchHolidays } from './connectors/fetch-holidays.ts'
import { fetchMacro } from './connectors/fetch-macro.ts'
import { fetchWeather } from './connectors/fetch-weather.ts'
import type { Job } from './engine/job.ts'
import { buildFeaturesJob } from './models/build-features.ts'
import { detectDrift } from './models/detect-drift.ts'
import { rollBack } from './models/roll-back.ts'
import { scoreJob } from './models/score.ts'
import { trainJob, trainOthersJob } from './models/train.ts'
import { findSlowMovers } from './planning/find-slow-movers.ts'
import { detectAnomalies } from './quality/detect-anomalies.ts'
import { compact } from './upkeep/compact.ts'

/** Nothing is opened before a job runs. */
export function createJobs(stores: Backends = openBackends()): readonly Job[] {
  return [
    fetchWeather(),
    fetchHolidays(),
    fetchMacro(),
    compact(),
    buildFeaturesJob(stores),
    trainJob(stores),
    scoreJob(stores),
    detectDrift(stores),
    detectAnomalies(stores),
    findSlowMovers(stores),
    trainOthersJob(stores),
    rollBack(stores),
  ]
}
