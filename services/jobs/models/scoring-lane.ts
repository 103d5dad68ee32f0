/** A thread of scoring.ts: loads the bundles once, then scores slices as it is told to. */
import { workerData } from 'node:worker_threads'
import { type Bundle, loadBundle } from '@shelfcast/inference/model/bundle'
import type { ScoringBundles } from '@shelfcast/inference/serve/origin'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { serveLane } from '../engine/lanes.ts'
import type { BundleFiles, LaneData } from './scoring.ts'
import { type Slice, scoreSlice } from './scoring-slice.ts'

const { server, champion, baseline, experiment } = workerData as LaneData
const warehouse = createWarehouse({ ...server, application: 'jobs', work: 'background' })

async function loadFiles({ manifest, files }: BundleFiles): Promise<Bundle> {
  return loadBundle(async (name) => files.get(name)!, manifest)
}

const bundles: Promise<ScoringBundles> = (async () => ({
  champion: champion && (await loadFiles(champion)),
  ...(baseline && { baseline }),
  ...(experiment && {
    experiment: { ...experiment, challenger: await loadFiles(experiment.challenger) },
  }),
}))()
// Told with the first slice.
bundles.catch(() => undefined)

serveLane(async (slice: Slice) => scoreSlice({ warehouse, bundles: await bundles, slice }))
