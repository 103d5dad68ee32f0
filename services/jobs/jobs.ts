/** All jobs. A new one is a file of its own and a line here. */

import { buildFeaturesJob } from './build-features.ts'
import { compact } from './compact.ts'
import { detectAnomalies } from './detect-anomalies.ts'
import { detectDrift } from './detect-drift.ts'
import { fetchHolidays } from './fetch-holidays.ts'
import { fetchMacro } from './fetch-macro.ts'
import { fetchWeather } from './fetch-weather.ts'
import { findSlowMovers } from './find-slow-movers.ts'
import type { Job } from './job.ts'
import { rollBack } from './roll-back.ts'
import { scoreJob } from './score.ts'
import { openStores, type Stores } from './stores.ts'
import { trainJob, trainOthersJob } from './train.ts'

/** Nothing is opened before a job runs. */
export function createJobs(stores: Stores = openStores()): readonly Job[] {
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
