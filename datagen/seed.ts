/**
 * One shot: gives the twin its past, in the lake and in the warehouse. Run before the twin; a past that is there
 * already is only recognised.
 */
import type { HistoryManifest } from '@shelfcast/contracts/history'
import { seed } from '@shelfcast/platform/parts/seed'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { chooseHistory, loadHistory } from '@shelfcast/warehouse/history'
import { runOf } from './director/run.ts'
import { historyFolder, lastDay, seedHistory } from './history/seed.ts'
import { readWorld, worldDigest } from './world/read.ts'
import { TWIN_SOURCE } from './world/reference.ts'

const environment = readEnvironment(seed.environment)
const log = createLog('history', environment.LOG_LEVEL)
const PROGRESS_EVERY_MS = 500

const world = readWorld(environment.TWIN_WORLD)
const run = runOf(world, worldDigest(world), environment.TWIN_SEED)
const told = createTold()
const manifest = await write()
const warehouse = createWarehouse({
  url: environment.CLICKHOUSE_URL,
  user: environment.CLICKHOUSE_USER,
  password: environment.CLICKHOUSE_PASSWORD,
  application: 'history',
})
try {
  if (manifest) await load(manifest)
  await chooseHistory(warehouse, { dataset: run.id, source: TWIN_SOURCE })
} finally {
  await warehouse.close()
}

async function write(): Promise<HistoryManifest | undefined> {
  const { TWIN_SEED: seed, TWIN_HISTORY_YEARS: years } = environment
  if (years === 0) {
    log.info('none: TWIN_HISTORY_YEARS is 0')
    return undefined
  }
  const written = await seedHistory({
    lake: createLake(environment),
    world,
    seed,
    run,
    years,
    until: lastDay(Date.now()),
    onProgress: (done, total) => told(`${years} years, ${Math.floor((100 * done) / total)} % written`),
  })
  if (!written) {
    log.info('none: the twin lives already, and did not begin with one (npm start -- --fresh begins anew)')
  }
  return written
}

async function load(history: HistoryManifest): Promise<void> {
  await loadHistory(warehouse, historyFolder(run), history, (rows, total) =>
    told(`${Math.floor((100 * rows) / total)} % loaded`),
  )
  const rows = history.objects.reduce((sum, object) => sum + (object.table === 'sales' ? object.rows : 0), 0)
  log.info(`${history.from} to ${history.to}, ${(rows / 1e6).toFixed(1)} M store-SKU-days`)
}

/** Says how far it is, now and then. */
function createTold(): (text: string) => void {
  let at = 0
  return (text) => {
    const now = performance.now()
    if (now - at < PROGRESS_EVERY_MS) return
    at = now
    log.info(text)
  }
}
