/** Which model may serve: one whose files are those that were exported, and that says here what it said there. */
import { ModelManifest } from '@shelfcast/contracts/manifest'
import { HORIZONS, MEAN_HEAD, PARITY } from '@shelfcast/contracts/training'
import { Value } from 'typebox/value'
import { type Bundle, type BundleSource, loadBundle, nameOf } from './bundle.ts'
import { checkParity, readParityRows, worstOf } from './parity.ts'

/** The trees are walked for each of them, which takes a hundred times longer than ONNX. */
const EXPLAINED_ROWS = 64

/** @throws what is wrong with it, and the fix; nothing is held then */
export async function loadTrusted(source: BundleSource, manifest: ModelManifest): Promise<Bundle> {
  checkManifest(manifest)
  const bundle = await loadBundle(source, manifest)
  try {
    if (!bundle.demand)
      throw new Error(`${nameOf(manifest)} does not forecast demand. Promote one that does.`)
    await checkParity(bundle)
    await checkReasons(bundle)
    return bundle
  } catch (error) {
    await bundle.release()
    throw error
  }
}

function checkManifest(manifest: ModelManifest): void {
  const refuse = (fault: string) => new Error(`${nameOf(manifest)}: its manifest ${fault}. Export it again.`)
  if (!Value.Check(ModelManifest, manifest)) {
    const [first] = Value.Errors(ModelManifest, manifest)
    throw refuse(`is none: ${first?.instancePath || 'it'} ${first?.message}`)
  }
  const bands = manifest.demand?.calibration ?? []
  for (let horizon = 1; bands.length > 0 && horizon <= HORIZONS; horizon++)
    if (!bands.some(({ from, to }) => horizon >= from && horizon <= to))
      throw refuse(`has no calibration for horizon ${horizon}`)
}

/** The trees that give the reasons have to be those of the mean: what they differ by would be told as another reason. */
async function checkReasons({ manifest, source, demand }: Bundle): Promise<void> {
  const head = manifest.heads.find(({ head }) => head === MEAN_HEAD)!
  const { matrix, expected } = await readParityRows({ manifest, source }, head)
  const rows = Math.min(expected.length, EXPLAINED_ROWS)
  const { mean } = demand!.reasoner.explain(matrix, rows)
  const { difference, row } = worstOf(Float32Array.from(mean), expected.subarray(0, rows))
  if (!(difference <= PARITY.limit))
    throw new Error(
      `${nameOf(manifest)}: the trees of its reasons differ from its mean by ${difference.toPrecision(3)} ` +
        `(allowed ${PARITY.limit}); row ${row} of ${head.parity} is ${mean[row]} by the trees and ${expected[row]} by ` +
        'the model. Export both from the same training.',
    )
}
