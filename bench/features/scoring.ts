/** Forecasts of an origin in a process of their own, as the job `score` makes and stores them. */

import { folderSource, loadBundle } from '@shelfcast/inference/model/bundle'
import { scoreStores } from '@shelfcast/jobs/models/scoring'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { answer, readTask } from '../task.ts'
import { manifestOf } from './manifest.ts'
import type { ScoringTask } from './measurement.ts'

const { server, origin, folder } = readTask<ScoringTask>()
const warehouse = createWarehouse({ ...server, application: 'bench' })
const champion = folder ? await loadBundle(folderSource(folder), await manifestOf(folder)) : undefined
try {
  const { rows, troubles } = await scoreStores({
    backends: { warehouse, server },
    origin,
    // Each is told anew, whatever was stored before.
    turn: Date.now(),
    bundles: { champion },
    signal: new AbortController().signal,
  })
  if (troubles.length > 0) throw new Error(`The model failed: ${troubles[0]!.message}`)
  const { user, system } = process.cpuUsage()
  answer({ rows, scorer_cpu_s: (user + system) / 1e6 })
} finally {
  await champion?.release()
  await warehouse.close()
}
