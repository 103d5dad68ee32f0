/**
 * One shot: gives the twin its past, in the lake, and waits until ingest has loaded it. Run before the twin; a past that is
 * there already is only recognised.
 */
import type { HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { WAIT_S } from '@shelfcast/contracts/patience'
import { seed } from '@shelfcast/platform/parts/seed'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { createPatience, PartAway } from '@shelfcast/runtime/patience'
import { runOf } from './director/run.ts'
import { untilLoaded } from './history/loaded.ts'
import { chooseHistory } from './history/manifest.ts'
import { lastDay, seedHistory } from './history/seed.ts'
import { createIngest } from './ingest.ts'
import { readWorld, worldDigest } from './world/read.ts'

const environment = readEnvironment(seed.environment)
const log = createLog('history', environment.LOG_LEVEL)
const PROGRESS_EVERY_MS = 500

const lake = createLake(environment)
const world = readWorld(environment.TWIN_WORLD)
const run = runOf(world, worldDigest(world), environment.TWIN_SEED)
const report = createReport()
const manifest = await write()
await chooseHistory(lake, run)
if (environment.INGEST_URL !== '') await waitForIngest(environment.INGEST_URL)
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

/** Who is away for too long is not waited for: ingest loads the past when it comes. */
async function waitForIngest(url: string): Promise<void> {
  const patience = createPatience({ waitS: WAIT_S, dataDir: undefined, say: (text) => log.debug(text) })
  try {
    await untilLoaded(createIngest(url, patience), (share) => report(`${Math.floor(100 * share)} % loaded`))
  } catch (error) {
    if (!(error instanceof PartAway)) throw error
    log.warn(`the past is written, and not loaded yet: ${error.message}`)
  }
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
