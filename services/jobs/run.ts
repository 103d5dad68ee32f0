/** One job by hand: `npm run jobs -- NAME`. */
import { parseArgs } from 'node:util'
import { ConnectorEnvironment } from '@shelfcast/platform/parts/jobs'
import { LakeEnvironment, readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { createPatience } from '@shelfcast/runtime/patience'
import { patientLake } from '@shelfcast/runtime/patient-lake'
import { Type } from 'typebox'
import { openBackends } from './backends.ts'
import type { Job } from './engine/job.ts'
import { connectorsOf, emptyIsOff } from './environment.ts'
import { createJobs } from './jobs.ts'

const patience = createPatience()
const stores = openBackends(process.env, patience)
const JOBS = createJobs(stores)

const HELP = `npm run jobs -- NAME [FLAGS]   runs a job now, against the running stack

${JOBS.map(({ name, does, schedule }) => `  ${name.padEnd(16)} ${does}\n${' '.repeat(19)}${schedule === undefined ? 'by hand only' : `by itself: ${schedule} (UTC)`}`).join('\n')}

  --force        also when its last result still holds
  --json         prints one JSON object as the last line
  --wait SECONDS how long to wait for a part of the stack that is away (default 120)
  --data DIR     the stack that runs on DIR (default .shelfcast in the repository)
  --help         this text
`

async function run(job: Job, { force, json }: { force: boolean; json: boolean }): Promise<void> {
  const environment = readEnvironment(
    Type.Object({ ...LakeEnvironment.properties, ...ConnectorEnvironment.properties }),
    emptyIsOff(process.env),
  )
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stop.abort(new Error(`stopped by ${name}`)))
  const began = Date.now()
  const { figures, shortfalls } = await job.run({
    lake: patientLake(createLake(environment), patience),
    connectors: connectorsOf(environment),
    log: createLog('jobs', process.env.LOG_LEVEL ?? 'silent'),
    now: Date.now,
    signal: stop.signal,
    force,
  })
  const seconds = (Date.now() - began) / 1000
  for (const text of shortfalls) process.stderr.write(`${job.name}: ${text}\n`)
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ job: job.name, duration_s: seconds, ...figures, shortfalls })}\n`,
    )
    return
  }
  const lines = Object.entries(figures).map(
    ([name, value]) => `  ${name.padEnd(24)}${String(value).padStart(10)}`,
  )
  process.stdout.write(`${[`${job.name}: ${seconds.toFixed(1)} s`, ...lines].join('\n')}\n`)
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [name, ...others] = positionals
  if (values.help || name === undefined) process.stdout.write(HELP)
  else {
    const job = JOBS.find((each) => each.name === name)
    if (!job) throw new Error(`There is no job "${name}". Jobs: ${JOBS.map((each) => each.name).join(', ')}.`)
    if (others.length > 0) throw new Error(`"${others[0]}" is one too many: a run is of one job.`)
    await run(job, values)
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
} finally {
  await stores.close()
}
