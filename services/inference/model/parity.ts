/** Whether Node says what the training library said of the same rows. */
import type { ModelHead } from '@shelfcast/contracts/manifest'
import { PARITY } from '@shelfcast/contracts/training'
import { floatsOf, matrixOf, readArrow } from './arrow.ts'
import { type Bundle, nameOf } from './bundle.ts'

export interface HeadParity {
  head: string
  rows: number
  /** Largest |actual - expected| relative to the expected, which counts as at least PARITY.smallest_share of the mean. */
  max_relative_difference: number
}

/** All parity rows of all heads. @throws when a head differs by more than PARITY.limit, with the worst row */
export async function checkParity(bundle: Bundle): Promise<HeadParity[]> {
  const { manifest } = bundle
  const parities: HeadParity[] = []
  for (const head of manifest.heads) {
    const { matrix, expected } = await readParityRows(bundle, head)
    const actual = await bundle.run(head.head, matrix, expected.length)
    const { difference, row } = worstOf(actual, expected)
    if (!(difference <= PARITY.limit))
      throw new Error(
        `${nameOf(manifest)}: head ${head.head} differs from the training library by ${difference.toPrecision(3)} ` +
          `(allowed ${PARITY.limit}); row ${row} of ${head.parity} is ${actual[row]} here and ${expected[row]} there. ` +
          'Train each quantile as a model of its own, with gbtree, and export again.',
      )
    parities.push({ head: head.head, rows: expected.length, max_relative_difference: difference })
  }
  return parities
}

/** The rows that the training library was asked, and what it said of them. */
export async function readParityRows(
  { manifest, source }: Pick<Bundle, 'manifest' | 'source'>,
  { parity }: ModelHead,
): Promise<{ matrix: Float32Array; expected: Float32Array }> {
  const file = `${nameOf(manifest)}: ${parity}`
  const table = readArrow(await source(parity), file)
  const expected = floatsOf(table, 'expected', file)
  if (expected.length === 0) throw new Error(`${file} has no rows. Export the model with rows to compare.`)
  const names = manifest.inputs.map(({ name }) => name)
  return { matrix: matrixOf(table, names, file), expected }
}

export function worstOf(actual: Float32Array, expected: Float32Array): { difference: number; row: number } {
  const size = expected.reduce((sum, value) => sum + Math.abs(value), 0) / expected.length
  const floor = Math.max(PARITY.smallest_share * size, Number.EPSILON)
  const worst = { difference: 0, row: 0 }
  for (let row = 0; row < expected.length; row++) {
    const difference = Math.abs(actual[row]! - expected[row]!) / Math.max(Math.abs(expected[row]!), floor)
    // NaN on either side is never parity.
    if (!(difference <= worst.difference)) Object.assign(worst, { difference, row })
    if (Number.isNaN(difference)) break
  }
  return worst
}
