/** Scoring with the model that serves. */
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import { type Bundle, type BundleSource, loadBundle } from '@shelfcast/inference/model/bundle'
import type { Registry } from '@shelfcast/operational/registry'
import type { Lake } from '@shelfcast/runtime/lake'
import { type DetectionModel, type FeatureRow, modelFeatureHash } from '@shelfcast/warehouse/model-features'

export interface Champion {
  version: string
  manifest: ModelManifest
  readFile: BundleSource
}

/** The registry, as far as it is needed here. */
export interface Champions {
  /** The version that serves; undefined when none was ever promoted. */
  champion(model: DetectionModel): Promise<Champion | undefined>
}

export function createChampions(registry: Pick<Registry, 'champion'>, lake: Pick<Lake, 'read'>): Champions {
  return {
    async champion(model) {
      const champion = await registry.champion(model)
      if (!champion) return undefined
      const { version, manifest, prefix } = champion
      return {
        version,
        manifest,
        readFile: async (name) => lake.read('features', `${prefix.replace(/\/$/, '')}/${name}`),
      }
    },
  }
}

/** @throws when the model was trained on other features than those that are here */
export async function loadChampion(model: DetectionModel, { manifest, readFile }: Champion): Promise<Bundle> {
  const hash = modelFeatureHash(model)
  if (manifest.feature_hash !== hash)
    throw new Error(
      `Model ${model} ${manifest.version} was trained on the features ${manifest.feature_hash}, and those here are ${hash}. ` +
        `Train it again: shelfcast-models train --model ${model}`,
    )
  return loadBundle(readFile, manifest)
}

export const withoutChampion = (model: DetectionModel) =>
  `There is no champion of the model ${model} yet, so nothing was scored. Train one and promote it.`

/** What a head says of rows of the features. */
export async function scoreRows(
  bundle: Bundle,
  head: string,
  rows: readonly FeatureRow[],
): Promise<Float32Array> {
  const { inputs } = bundle.manifest
  const matrix = new Float32Array(rows.length * inputs.length)
  for (const [index, row] of rows.entries())
    for (const [column, { name }] of inputs.entries())
      matrix[index * inputs.length + column] = Number(row[name] ?? Number.NaN)
  return bundle.run(head, matrix, rows.length)
}

/** A number among the manifest's parameters. */
export function parameterOf(bundle: Bundle, name: string): number {
  const value = bundle.manifest.parameters[name]
  if (typeof value !== 'number')
    throw new Error(
      `Model ${bundle.manifest.model} ${bundle.manifest.version} has no parameter ${name}. Train it again.`,
    )
  return value
}
