/** How fast a bundle is served: in bulk, with and without reasons, and one series at a time over HTTP. */

import { setTimeout as delay } from 'node:timers/promises'
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import { inputMatrix, readFeatures } from '@shelfcast/inference/features/rows'
import { folderSource, loadBundle } from '@shelfcast/inference/model/bundle'
import { createFollower, warehouseFeatures } from '@shelfcast/inference/model/follower'
import { checkParity } from '@shelfcast/inference/model/parity'
import { scoreFeatures } from '@shelfcast/inference/serve/origin'
import { buildServer } from '@shelfcast/inference/serve/server'
import { createLog } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { newestBuild } from '@shelfcast/warehouse/queries/builds'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { Registry } from 'prom-client'
import { freePort } from '../../test/platform/server-process.ts'

const RATE_PER_S = 50

export async function measureServing(options: {
  warehouse: Warehouse
  manifest: ModelManifest
  folder: string
  quick: boolean
}): Promise<Record<string, number>> {
  const { warehouse, manifest, folder } = options
  const source = folderSource(folder)
  const bundle = await loadBundle(source, manifest)
  try {
    const parity = Math.max(...(await checkParity(bundle)).map((head) => head.max_relative_difference))
    const began = performance.now()
    const build = await newestBuild(readerOf(warehouse))
    const features = await readFeatures(warehouse, build!)
    const read = performance.now()
    const [scored] = await scoreFeatures(features, { champion: bundle })
    const done = performance.now()
    const inputs = inputMatrix(features, manifest.inputs, 'bench')
    const explainedAt = performance.now()
    const explained = bundle.demand!.reasoner.explain(inputs, features.rows)
    const explainedMs = performance.now() - explainedAt
    let additivity = 0
    const reasons = explained.reasons.length / features.rows
    for (let row = 0; row < features.rows; row++) {
      let sum = scored!.base[row]!
      for (let reason = 0; reason < reasons; reason++) sum += scored!.reasons[row * reasons + reason]!
      const mean = scored!.mean[row]!
      additivity = Math.max(additivity, Math.abs(sum - mean) / Math.max(Math.abs(mean), 1e-3))
    }
    const latencies = await requests(options, [...features.series.keys()])
    return {
      rows_of_an_origin: features.rows,
      parity_max_relative_difference: parity,
      additivity_max_relative_difference: additivity,
      explanations_per_s: features.rows / (explainedMs / 1_000),
      features_read_s: (read - began) / 1_000,
      scored_with_reasons_s: (done - read) / 1_000,
      ...latencies,
    }
  } finally {
    await bundle.release()
  }
}

/** One series with its reasons, at a steady rate, whatever the answers take. */
async function requests(
  { warehouse, manifest, folder, quick }: Parameters<typeof measureServing>[0],
  series: readonly string[],
): Promise<Record<string, number>> {
  const log = createLog('bench', 'silent')
  const version = { version: manifest.version, manifest, prefix: folder }
  const follower = createFollower({
    log,
    models: {
      champion: async () => version,
      version: async () => version,
      experiment: async () => undefined,
      readFile: (_, name) => folderSource(folder)(name),
    },
    features: warehouseFeatures(warehouse),
  })
  const app = buildServer({
    log,
    follower,
    registry: new Registry(),
    isReady: () => true,
    ownHosts: [],
  })
  const port = await freePort()
  await app.listen({ host: '127.0.0.1', port })
  try {
    await follower.refresh(true)
    const count = RATE_PER_S * (quick ? 2 : 20)
    const took: number[] = []
    let failed = 0
    const began = performance.now()
    const pending: Promise<void>[] = []
    for (let number = 0; number < count; number++) {
      await delay(Math.max(0, began + (number * 1_000) / RATE_PER_S - performance.now()))
      const [store_id, sku] = series[(number * 7_919) % series.length]!.split('\n')
      const query = new URLSearchParams({ store_id: store_id!, sku: sku! })
      const at = performance.now()
      pending.push(
        fetch(`http://127.0.0.1:${port}/v1/forecast?${query}`).then(async (answer) => {
          await answer.arrayBuffer()
          if (!answer.ok) failed++
          took.push(performance.now() - at)
        }),
      )
    }
    await Promise.all(pending)
    took.sort((a, b) => a - b)
    const share = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))]!
    return { forecast_p50_ms: share(0.5), forecast_p99_ms: share(0.99), forecasts_failed: failed }
  } finally {
    await app.close()
    await follower.stop()
  }
}
