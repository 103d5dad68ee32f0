/**
 * One shot: gives the twin its past, in the lake, and waits until ingest has loaded it. Run before the twin; a past that is
 * there already is only recognised.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { seed } from '@shelfcast/platform/parts/seed'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { runOf } from './director/run.ts'
import { chooseHistory } from './history/manifest.ts'
import { lastDay, seedHistory } from './history/seed.ts'
import { readWorld, worldDigest } from './world/read.ts'

const environment = readEnvironment(seed.environment)
const log = createLog('history', environment.LOG_LEVEL)
const PROGRESS_EVERY_MS = 500
const ASK_EVERY_MS = 300
/** Who is not heard of for so long is not waited for: ingest loads the past when it comes. */
const SILENCE_LIMIT_MS = 60_000

const DatasetsAnswer = Type.Object({
  settled_at: Type.String(),
  loading: Type.Union([Type.Null(), Type.Object({ rows: Type.Number(), total: Type.Number() })]),
})

const lake = createLake(environment)
const world = readWorld(environment.TWIN_WORLD)
const run = runOf(world, worldDigest(world), environment.TWIN_SEED)
const report = createReport()
const manifest = await write()
await chooseHistory(lake, run)
await untilLoaded()
if (manifest) {
  const rows = manifest.objects.reduce((sum, object) => sum + (object.table === 'sales' ? object.rows : 0), 0)
  log.info(`${manifest.from} to ${manifest.to}, ${(rows / 1e6).toFixed(1)} M store-SKU-days`)
}

async function write(): Promise<HistoryManifest | undefined> {
  const { TWIN_SEED: seed, TWIN_HISTORY_YEARS: years } = environment
  if (years === 0) {
    log.info('none: TWIN_HISTORY_YEARS is 0')
    return undefined
  }
  const history = await seedHistory({
    lake,
    world,
    seed,
    run,
    years,
    until: lastDay(Date.now()),
    onProgress: (done, total) => report(`${years} years, ${Math.floor((100 * done) / total)} % written`),
  })
  if (!history) {
    log.info('none: the twin lives already, and did not begin with one (npm start -- --fresh begins anew)')
  }
  return history
}

/** Until ingest has looked through the datasets after all was written, and found nothing more to load. */
async function untilLoaded(): Promise<void> {
  const { INGEST_URL: url } = environment
  if (url === '') return
  const begin = Date.now()
  let lastChange = begin
  let isHurried = false
  while (Date.now() - lastChange < SILENCE_LIMIT_MS) {
    if (!isHurried) isHurried = (await ask('/datasets/look', 'POST')) !== undefined
    const answer = await ask('/datasets')
    if (Value.Check(DatasetsAnswer, answer)) {
      lastChange = Date.now()
      if (Date.parse(answer.settled_at) >= begin) return
      const { loading } = answer
      if (loading) report(`${Math.floor((100 * loading.rows) / loading.total)} % loaded`)
    }
    await delay(ASK_EVERY_MS)
  }
  log.warn('ingest does not answer: it loads the past when it is there')
}

/** @returns undefined where ingest is not there, or says no */
function ask(path: string, method = 'GET'): Promise<unknown> {
  return fetch(new URL(path, environment.INGEST_URL), {
    method,
    signal: AbortSignal.timeout(SILENCE_LIMIT_MS),
  })
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined)
}

/** Says how far it is, now and then. */
function createReport(): (text: string) => void {
  let at = 0
  return (text) => {
    const now = performance.now()
    if (now - at < PROGRESS_EVERY_MS) return
    at = now
    log.info(text)
  }
}
