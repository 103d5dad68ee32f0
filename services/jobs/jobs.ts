/** All jobs, by what they are for. A new one is a file of its own, a line here, and its contract in contracts/runs.ts. */
import { fetchHolidays } from './connectors/fetch-holidays.ts'
import { fetchMacro } from './connectors/fetch-macro.ts'
import { fetchWeather } from './connectors/fetch-weather.ts'
import type { Job } from './engine/job.ts'
import { buildFeaturesJob } from './models/build-features.ts'
import { detectDrift } from './models/detect-drift.ts'
import { rollBack } from './models/roll-back.ts'
import { scoreJob } from './models/score.ts'
import { trainJob } from './models/train.ts'
import { findSlowMovers } from './planning/find-slow-movers.ts'
import { measureOverrides } from './planning/measure-overrides.ts'
import { planOrdersJob } from './planning/orders/plan-orders.ts'

import { detectAnomalies } from './quality/detect-anomalies.ts'
import { compact } from './upkeep/compact.ts'
import { pruneRuns } from './upkeep/prune-runs.ts'

export function createJobs(environment: NodeJS.ProcessEnv = process.env): readonly Job[] {
  return [
    fetchWeather(),
    fetchHolidays(),
    fetchMacro(),
    buildFeaturesJob(),
    trainJob(environment),
    scoreJob(),
    rollBack(),
    detectDrift(),
    detectAnomalies(),
    findSlowMovers(),
    planOrdersJob(),
    measureOverrides(),
    compact(environment),
    pruneRuns(),
  ]
}
