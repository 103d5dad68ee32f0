/** One job by hand: `npm run jobs -- NAME`. Asks for a run, and follows it to its end. */
import { userInfo } from 'node:os'
import { JOB_NAMES, JOBS, type JobName, type Run } from '@shelfcast/contracts/runs'
import { ConnectorEnvironment } from '@shelfcast/platform/parts/jobs'
import { runInBackground } from '@shelfcast/runtime/background'
import { createCommand, runCommand, withJsonOption, withStackOptions } from '@shelfcast/runtime/command'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLog } from '@shelfcast/runtime/log'
import { createPatience } from '@shelfcast/runtime/patience'
import { Option } from 'commander'
import type { TObject } from 'typebox'
import { openBackends } from './backends.ts'
import { follow } from './engine/follow.ts'
import { connectorsOf, emptyIsOff } from './environment.ts'
import { createJobs } from './jobs.ts'
import { SCHEDULE } from './schedule.ts'

runInBackground()
const program = createCommand(
  'jobs',
  'Asks for a run of a job in the running stack, and follows it to its end.',
)
for (const name of JOB_NAMES) addJob(name)
// Without a name it lists them, which is no error.
if (process.argv.length === 2) program.outputHelp()
else await runCommand(program)

/** Its options are the parameters of the job. */
function addJob(name: JobName): void {
  const { does, parameters } = JOBS[name]
  const times = SCHEDULE.filter(({ job }) => job === name).map(({ cron }) => cron)
  const command = program
    .command(name)
    .description(does)
    .addHelpText(
      'after',
      `\n${times.length === 0 ? 'By hand only.' : `By itself (UTC): ${times.join(', ')}.`}`,
    )
  withJsonOption(withStackOptions(command))
  for (const option of optionsOf(parameters)) command.addOption(option)
  command.action(({ json, wait: _, data: __, ...input }: { json: boolean; wait?: number; data?: string }) =>
    run(name, input, json),
  )
}

function optionsOf({ properties }: TObject): Option[] {
  return Object.entries(properties).map(([name, schema]) => {
    const {
      description = name,
      enum: choices,
      default: initial,
    } = schema as {
      description?: string
      enum?: string[]
      default?: unknown
    }
    const option = choices
      ? new Option(`--${name} NAME`, description).choices(choices)
      : new Option(`--${name}`, description)
    return option.default(initial)
  })
}

async function run(name: JobName, parameters: Record<string, unknown>, json: boolean): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)))
  const backends = openBackends(process.env, createPatience())
  try {
    const answer = await backends.runs.request({
      job: name,
      parameters,
      requested_by: userInfo().username,
      reason: 'asked for at a terminal',
      joinsRunning: true,
    })
    const job = createJobs().find((each) => each.name === name)!
    const outcome = await follow(answer, job, {
      runs: backends.runs,
      context: {
        backends,
        connectors: connectorsOf(readEnvironment(ConnectorEnvironment, emptyIsOff(process.env))),
        now: Date.now,
      },
      log: createLog('jobs', process.env.LOG_LEVEL ?? 'silent'),
      signal: stop.signal,
      onChange: process.stderr.isTTY ? showProgress : () => undefined,
    })
    tell(outcome, json)
  } finally {
    await backends.close()
  }
}

function showProgress({ id, job, state, step, done, total, text }: Run): void {
  const count = total > 0 ? `${done} of ${total}` : ''
  process.stderr.write(`${[`${job} (run ${id})`, state, step, count, text].filter(Boolean).join(' · ')}\n`)
}

function tell({ id, job, state, error, result, started_at, ended_at }: Run, json: boolean): void {
  if (state !== 'succeeded') throw new Error(`${job}: ${error ?? state}`)
  const { figures, shortfalls } = result!
  const seconds = (Date.parse(ended_at!) - Date.parse(started_at!)) / 1_000
  for (const text of shortfalls) process.stderr.write(`${job}: ${text}\n`)
  if (json) {
    process.stdout.write(`${JSON.stringify({ job, run: id, duration_s: seconds, ...figures, shortfalls })}\n`)
    return
  }
  const lines = Object.entries(figures).map(
    ([name, value]) => `  ${name.padEnd(24)}${String(value).padStart(10)}`,
  )
  process.stdout.write(`${[`${job}: ${seconds.toFixed(1)} s`, ...lines].join('\n')}\n`)
}
