/** Service: asks for runs when the schedule says, and works on those that wait, whoever asked. */
import { hostname } from 'node:os'
import { JOB_NAMES } from '@shelfcast/contracts/runs'
import { jobs as jobsPart } from '@shelfcast/platform/parts/jobs'
import { runInBackground } from '@shelfcast/runtime/background'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { startService } from '@shelfcast/runtime/service'
import { openBackends } from './backends.ts'
import { startCron } from './engine/cron.ts'
import { createOutcomes } from './engine/outcomes.ts'
import { repeat } from './engine/repeat.ts'
import { startWorker } from './engine/worker.ts'
import { connectorsOf, emptyIsOff } from './environment.ts'
import { askAtStart } from './first-start.ts'
import { createJobs } from './jobs.ts'
import { startSending } from './planning/sending/sending.ts'
import { SCHEDULE } from './schedule.ts'

/** Leaves the processors to the rest of the platform while that starts. */
const FIRST_RUN_AFTER_MS = 10_000
const ASK_AGAIN_MS = 5_000

// Jobs score by themselves, and nobody waits for one.
runInBackground()
const environment = readEnvironment(jobsPart.environment, emptyIsOff(process.env))
const log = createLog('jobs', environment.LOG_LEVEL)
const service = await startService({
  log,
  host: environment.BIND_HOST,
  ownHosts: ownHosts(environment),
  port: environment.JOBS_PORT,
})
const backends = openBackends()
service.onStop('backends', () => backends.close())
const { runs } = backends

const names = environment.JOBS_NAMES.split(',').filter(Boolean)
const unknown = names.filter((name) => !(JOB_NAMES as readonly string[]).includes(name))
if (unknown.length > 0)
  throw new Error(`JOBS_NAMES names ${unknown.join(', ')}. Jobs are: ${JOB_NAMES.join(', ')}.`)
const jobs = createJobs().filter(
  (job) => (names.length === 0 || names.includes(job.name)) && job.missing?.() === undefined,
)
const jobNames = jobs.map(({ name }) => name)

const cron = startCron({ turns: SCHEDULE.filter(({ job }) => jobNames.includes(job)), runs, log })
service.onStop('schedule', () => cron.stop())

const outcomes = createOutcomes({ registry: service.registry, log, nextTurn: cron.nextTurn })
const worker = startWorker({
  name: `jobs@${hostname()}:${environment.JOBS_PORT}`,
  jobs,
  runs,
  context: { backends, connectors: connectorsOf(environment), now: Date.now },
  log,
  onEnd: outcomes.tell,
})
service.onStop('worker', worker.stop)

// Where there are several processes of jobs, each order is held by one of them.
const stopSending = startSending({
  worker: `jobs@${hostname()}:${environment.JOBS_PORT}`,
  settings: environment,
  backends,
  registry: service.registry,
  log,
})
service.onStop('orders', stopSending)

let hasAsked = false
const request = repeat({
  name: 'first start',
  everyMs: ASK_AGAIN_MS,
  firstAfterMs: FIRST_RUN_AFTER_MS,
  log,
  async look(signal) {
    if (hasAsked) return
    await askAtStart({ backends, jobs: jobNames, signal })
    hasAsked = true
  },
})
service.onStop('first start', request.stop)
log.info({ jobs: jobNames }, 'jobs wait to be asked for')
service.ready()
