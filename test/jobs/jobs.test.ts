/** The job processes as they are run, with a real object store and operational store. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { JOB_NAMES } from '@shelfcast/contracts/runs'
import { createOperational } from '@shelfcast/operational/client'
import { createRuns } from '@shelfcast/operational/runs'
import { machineEnvironment } from '@shelfcast/platform/machine/environment'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { LakeEnvironment, readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type LocalServer, openMeteoAnswer, sendJson, startServer, store } from './sources.ts'

const ROOM = resolve(import.meta.dirname, '../../services/jobs')
const RUN = join(ROOM, 'run.ts')
const MAIN = join(ROOM, 'main.ts')

let dataDir: string
let stack: Stack
let server: LocalServer
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'shelfcast-jobs-'))
  server = await startServer((url, response) => sendJson(response, openMeteoAnswer(url)))
  stack = await startStack({ dataDir, ports: 'free', parts: ['lake', 'operational'] })
  await lake().client.makeBucket('raw', 'us-east-1')
  await lake().put('raw', 'datasets/stores/twin/snapshot.ndjson', Buffer.from(`${JSON.stringify(store())}\n`))
}, 60_000)
afterAll(async () => {
  await server?.close()
  await stack?.stop()
  rmSync(dataDir, { recursive: true, force: true })
}, 60_000)

const lake = () => createLake(readEnvironment(LakeEnvironment, stack.environment))
const environment = () => ({
  ...machineEnvironment(process.env),
  ...stack.environment,
  // Nothing here asks the warehouse.
  CLICKHOUSE_PASSWORD: 'none',
  ERP_SECRET: 'nobody-is-sent-anything',
  OPEN_METEO_URL: server.url.href,
  OPEN_METEO_ARCHIVE_URL: '',
  NAGER_URL: '',
  WORLD_BANK_URL: '',
})

async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [RUN, ...args], {
    env: environment(),
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk) => (output[stream] += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

test('by hand: the answer is in the object store with its metadata, and is not fetched twice', async () => {
  const first = await run('fetch-weather', '--json')
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(first.stdout.trim().split('\n').at(-1)!)).toMatchObject({
    job: 'fetch-weather',
    places: 1,
    forecast_kept: 1,
    shortfalls: [],
  })
  const names: string[] = []
  for await (const { name } of lake().list('raw', 'datasets/weather-answers/')) names.push(name)
  expect(names).toEqual([
    expect.stringMatching(
      /^datasets\/weather-answers\/open-meteo\/daily\/[\d-]{10}T\d{9}Z_52\.5_13\.4\.json$/,
    ),
  ])
  expect(JSON.parse((await lake().read('raw', names[0]!)).toString())).toMatchObject({
    timezone: 'Europe/Berlin',
  })
  expect(await lake().metadata('raw', names[0]!)).toMatchObject({
    from: `${server.url.origin}${server.requests[0]!.url}`,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })

  const second = await run('fetch-weather')
  expect(second.stdout).toMatch(/forecast_fresh +1\n/)
  expect(server.requests).toHaveLength(1)
})

test('the service works on what a command asks for, and stops cleanly', async () => {
  const port = stack.ports.jobs.health
  const service: ChildProcess = spawn(process.execPath, [MAIN], {
    env: { ...environment(), JOBS_PORT: String(port) },
    stdio: 'ignore',
  })
  try {
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200), {
      timeout: 15_000,
      interval: 100,
    })
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(
      '# TYPE jobs_runs_total counter',
    )
    const { code, stdout } = await run('fetch-weather', '--force', '--json')
    const result = JSON.parse(stdout) as { run: number }
    expect([code, result]).toEqual([0, expect.objectContaining({ job: 'fetch-weather', forecast_kept: 1 })])
    const operational = createOperational({
      url: stack.environment.OPERATIONAL_URL!,
      password: stack.environment.OPERATIONAL_PASSWORD!,
      application: 'test',
    })
    expect(await createRuns(operational).byId(result.run)).toMatchObject({
      worker: expect.stringMatching(/^jobs@/),
      parameters: { force: true },
      reason: 'asked for at a terminal',
    })
    await operational.close()
  } finally {
    service.kill('SIGTERM')
  }
  expect(await once(service, 'exit')).toEqual([0, null])
})

test('without a name the jobs are listed; an unknown one and what a job does not take are refused', () => {
  const command = (...args: string[]) => spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8' })
  const list = command()
  expect(list.status).toBe(0)
  for (const name of JOB_NAMES) expect(list.stdout).toContain(`  ${name} `)
  expect(command('fetch-weather', '--help').stdout).toContain('By itself (UTC): 17 * * * *.')
  const unknown = command('fetch-wether')
  expect(unknown.status).toBe(1)
  expect(unknown.stderr).toContain("error: unknown command 'fetch-wether'\n(Did you mean fetch-weather?)\n")
  expect(command('compact', '--force').stderr).toContain("unknown option '--force'")
  expect(command('train', '--model', 'all').stderr).toContain('Allowed choices are demand, anomaly')
})
