/** What scoring needs to know of the registry, and which series a challenger serves. */
import type { ModelManifest, ModelName } from '@shelfcast/contracts/manifest'

export interface ModelVersion {
  version: string
  manifest: ModelManifest
  /** Where its files are, in the features zone. */
  prefix: string
}

/** Shadow: scored and not served. A/B: serves a share of the series. */
export interface Experiment {
  /** Version. */
  challenger: string
  mode: 'shadow' | 'ab'
  /** 0 to 1; of the series, in A/B. */
  share: number
}

/** The registry, as far as it is needed here. */
export interface ModelSource {
  champion(model: ModelName): Promise<ModelVersion | undefined>
  version(model: ModelName, version: string): Promise<ModelVersion | undefined>
  experiment(model: ModelName): Promise<Experiment | undefined>
  /** A file of a version's bundle. */
  readFile(version: ModelVersion, name: string): Promise<Uint8Array>
}

/** Whether the challenger serves a series: always the same for the same experiment. */
export function isChallenged(
  experiment: Pick<Experiment, 'mode' | 'share'>,
  version: string,
  series: string,
): boolean {
  return experiment.mode === 'ab' && positionOf(`${version}\n${series}`) < experiment.share
}

/** From 0 to 1, evenly: FNV-1a and the last steps of MurmurHash3, since short texts differ in their low bits only. */
function positionOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
