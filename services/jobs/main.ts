/** Service: runs the jobs when their schedules say. */
import { jobs as jobsPart } from '@shelfcast/platform/parts/jobs'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { startService } from '@shelfcast/runtime/service'
import { knowsBackends, openBackends } from './backends.ts'
import { connectorsOf, emptyIsOff } from './environment.ts'
import { createJobs } from './jobs.ts'
import { pythonOf } from './models/training.ts'
import { startQueue, startRescoring } from './queue.ts'
import { startSchedule } from './schedule.ts'

/** Leaves the cores to the rest of the platform while that starts. */
const FIRST_RUN_AFTER_MS = 10_000

const environment = readEnvironment(jobsPart.environment, emptyIsOff(process.env))
const log = createLog('jobs', environment.LOG_LEVEL)
const connectors = connectorsOf(environment)
const service = await startService({
  log,
  host: environment.BIND_HOST,
  ownHosts: ownHosts(environment),
  port: environment.JOBS_PORT,
})
const stores = openBackends()
service.onStop('stores', () => stores.close())
const wanted = environment.JOBS_NAMES.split(',').filter(Boolean)
const hasStores = knowsBackends(process.env)
const jobs = createJobs(stores).filter(
  ({ name, isAvailable, needsStores }) =>
    (wanted.length === 0 || wanted.includes(name)) &&
    (isAvailable?.() ?? true) &&
    (hasStores || !needsStores),
)
if (hasStores && pythonOf(process.env) !== undefined) {
  const queue = startQueue({ stores, environment: process.env, log, firstAfterMs: FIRST_RUN_AFTER_MS })
  service.onStop('queue', queue.stop)
}
if (jobs.some(({ name }) => name === 'score')) {
  const rescoring = startRescoring({ stores, log, firstAfterMs: FIRST_RUN_AFTER_MS })
  service.onStop('rescoring', rescoring.stop)
}
const schedule = startSchedule({
  jobs,
  context: { lake: createLake(environment), connectors, now: Date.now },
  log,
  registry: service.registry,
  firstRunAfterMs: FIRST_RUN_AFTER_MS,
})
service.onStop('jobs', schedule.stop)
log.info(
  { jobs: jobs.map(({ name, schedule }) => `${name} (${schedule ?? 'by hand'})`) },
  'jobs are scheduled',
)
service.ready()
