/**
 * The life of a model on real parts: trained on years of the twin, served, and changed under load. A training that
 * loses the gate changes nothing, one that wins serves, the one before comes back; no request fails meanwhile.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { dayOf } from '@shelfcast/contracts/dates'
import { runOf } from '@shelfcast/datagen/director/run'
import { chooseHistory } from '@shelfcast/datagen/history/manifest'
import { seedHistory } from '@shelfcast/datagen/history/seed'
import { createPreset } from '@shelfcast/datagen/world/presets'
import { worldDigest } from '@shelfcast/datagen/world/read'
import { type Backends, openBackends } from '@shelfcast/jobs/backends'
import { score } from '@shelfcast/jobs/models/score'
import { train } from '@shelfcast/jobs/models/train'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { createProgress } from '@shelfcast/platform/tools/progress'
import { prepareModelsPython } from '@shelfcast/platform/tools/tools'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillReference, Rows } from '../../bench/detection/fill.ts'
import { loadDatasets } from '../ingest/datasets.ts'

const UNTIL = '2026-06-30'
const dataDir = mkdtempSync(join(tmpdir(), 'shelfcast-forecasts-'))
const log = createLog('test', 'silent')
let stack: Stack
let stores: Backends
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  const python = await prepareModelsPython(createProgress(process.stderr))
  stack = await startStack({
    dataDir: join(dataDir, 'data'),
    ports: 'free',
    parts: ['lake', 'warehouse', 'operational', 'inference'],
  })
  environment = { ...process.env, ...stack.environment, MODELS_PYTHON: python }
  stores = openBackends(environment)
  const { lake, warehouse } = stores
  for (const zone of ['raw', 'features'] as const)
    if (!(await lake.client.bucketExists(lake.bucket(zone)))) await lake.client.makeBucket(lake.bucket(zone))
  const world = createPreset('small')
  const rows = new Rows(warehouse)
  await fillReference(rows, world)
  await rows.flush()
  const run = runOf(world, worldDigest(world), 1)
  await seedHistory({ lake, world, seed: 1, run, until: dayOf(UNTIL), years: 2 })
  await chooseHistory(lake, run)
  await loadDatasets({ lake, warehouse })
}, 600_000)

afterAll(async () => {
  await stores?.close()
  await stack?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

const trained = (flags: readonly string[]) =>
  train(stores, {
    environment,
    model: 'demand',
    flags: ['--windows', '2', ...flags],
    actor: 'test',
    log,
    signal: new AbortController().signal,
    onStep: () => undefined,
  })

/** Asks for forecasts until it is stopped. */
function underLoad(url: string, series: readonly { store_id: string; sku: string }[]) {
  const answers = { asked: 0, failed: [] as string[], versions: new Set<string>() }
  let isOver = false
  const asking = Promise.all(
    [0, 1, 2].map(async (worker) => {
      for (let turn = worker; !isOver; turn += 3) {
        const of = series[turn % series.length]!
        try {
          const answer = await fetch(`${url}/v1/forecast?${new URLSearchParams(of)}`)
          const body = (await answer.json()) as { model_version?: string; version?: string }
          answers.asked++
          if (!answer.ok) answers.failed.push(`${answer.status} ${JSON.stringify(body)}`)
          answers.versions.add(body.model_version ?? body.version ?? 'none')
        } catch (error) {
          answers.failed.push(String(error))
        }
        await delay(25)
      }
    }),
  )
  return {
    answers,
    async stop() {
      isOver = true
      await asking
      return answers
    },
  }
}

test('a training that loses is refused, one that wins serves, and the one before comes back, under load', async () => {
  // given a champion of few trees
  const first = await trained(['--rounds', '120'])
  expect(first.gate.checks.filter(({ passed }) => !passed)).toEqual([])
  expect(first).toMatchObject({ promoted: true })
  expect(first.parity).toBeLessThan(1e-4)
  const scored = await score(stores, { signal: new AbortController().signal, force: true })
  expect(scored).toMatchObject({ version: first.manifest.version, rows: expect.any(Number) })
  const answer = await stores.warehouse.query({
    query: `select store_id, sku, abs(base + arraySum(reasons) - mean) / greatest(mean, 1e-3) as gap
      from forecast_latest where horizon = 1`,
    format: 'JSONEachRow',
  })
  const series = await answer.json<{ store_id: string; sku: string; gap: number }>()
  expect(series.length * 28).toBe(scored!.rows)
  // then every forecast has its reasons, and they add up to it
  expect(Math.max(...series.map(({ gap }) => gap))).toBeLessThan(1e-4)

  const url = stack.addresses.inference!
  const serves = async (version: string) => {
    const limit = Date.now() + 60_000
    while (Date.now() < limit) {
      const current = (await (await fetch(`${url}/v1/models/current`)).json()) as {
        champion?: { version: string } | null
      }
      if (current.champion?.version === version) return
      await delay(200)
    }
    throw new Error(`${version} does not serve.`)
  }
  await serves(first.manifest.version)
  /** Scores as the schedule does. */
  const stored = async () => {
    const done = await score(stores, { signal: new AbortController().signal, force: false })
    expect(done!.rows).toBe(scored!.rows)
    const answer = await stores.warehouse.query({
      query: 'select distinct model_version as version from forecast_latest',
      format: 'JSONEachRow',
    })
    const rows = await answer.json<{ version: string }>()
    return { scored: done!.version, read: rows.map(({ version }) => version) }
  }
  const load = underLoad(
    url,
    series.map(({ store_id, sku }) => ({ store_id, sku })),
  )
  try {
    // when a training gives a model that is no good
    const bad = await trained(['--rounds', '4'])
    // then it is registered, refused, and the champion serves on
    expect(bad.promoted).toBe(false)
    expect(bad.gate.checks.find(({ check }) => check === 'beats the champion')).toMatchObject({
      passed: false,
    })
    expect((await stores.registry.champion('demand'))?.version).toBe(first.manifest.version)
    await expect(
      stores.registry.promote('demand', bad.manifest.version, { actor: 'test' }),
    ).rejects.toMatchObject({ code: 'gate_lost' })
    // when one is better
    const better = await trained(['--rounds', '300'])
    expect(better.gate.checks.filter(({ passed }) => !passed)).toEqual([])
    expect(better.promoted).toBe(true)
    await serves(better.manifest.version)
    expect(await stored()).toEqual({ scored: better.manifest.version, read: [better.manifest.version] })
    // when a person rolls back
    const back = await stores.registry.rollBack('demand', { actor: 'test' })
    expect(back.version).toBe(first.manifest.version)
    await serves(first.manifest.version)
    // then what is read was made by it, though forecasts of the other are stored, and once is enough
    expect(await stored()).toEqual({ scored: first.manifest.version, read: [first.manifest.version] })
    expect(await score(stores, { signal: new AbortController().signal, force: false })).toMatchObject({
      isNew: false,
    })
  } finally {
    const answers = await load.stop()
    console.info(`${answers.asked} requests, ${answers.failed.length} failed`)
    expect(answers.failed).toEqual([])
    expect(answers.asked).toBeGreaterThan(500)
  }
}, 1_500_000)
