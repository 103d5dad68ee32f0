/** How inputs of forecasts have moved since training. */
import type { DemandPart } from '@shelfcast/contracts/manifest'
import { identifier } from '../quoting.ts'
import type { Reader } from './rows.ts'

/**
 * Population stability index of each input at an origin against training: the sum over bins of (now - then) ln(now / then).
 * 0.1 is a change, 0.25 a large one. Source: Siddiqi, Credit Risk Scorecards, 2006.
 * @param table of the features
 */
export async function populationStability(
  read: Reader,
  drift: DemandPart['drift'],
  table: string,
  origin: string,
): Promise<{ input: string; psi: number }[]> {
  const counts = drift.map(({ input, edges }, index) => {
    const column = identifier(input)
    const bin = binOf(column, edges)
    const bins = Array.from(
      { length: edges.length + 1 },
      (_, number) => `countIf(isFinite(${column}) and ${bin} = ${number})`,
    )
    return `[${bins.join(', ')}] as bins_${index}, countIf(not isFinite(ifNull(${column}, nan))) as missing_${index}`
  })
  const [row] = await read<Record<string, number | number[]>>(
    `select count() as total, ${counts.join(',')} from ${identifier(table)} where origin = {origin:Date}`,
    { origin },
  )
  const total = Number(row?.total ?? 0)
  if (!row || total === 0) return []
  return drift.map(({ input, shares }, index) => {
    const now = [...(row[`bins_${index}`] as number[]), row[`missing_${index}`] as number].map(
      (count) => count / total,
    )
    return { input, psi: stabilityIndex(shares, now) }
  })
}

/** Edges that a value is above; as numpy's searchsorted on the left does. */
function binOf(column: string, edges: readonly number[]): string {
  if (edges.length === 0) return '0'
  return `arrayCount(edge -> ${column} > edge, [${edges.map((edge) => `toFloat32(${edge})`).join(', ')}])`
}

/** A bin that one side does not have counts as a tenth of a per cent, so that the logarithm exists. */
const LEAST_SHARE = 0.001

export function stabilityIndex(reference: readonly number[], now: readonly number[]): number {
  let sum = 0
  for (let bin = 0; bin < Math.max(reference.length, now.length); bin++) {
    const a = Math.max(LEAST_SHARE, reference[bin] ?? 0)
    const b = Math.max(LEAST_SHARE, now[bin] ?? 0)
    sum += (b - a) * Math.log(b / a)
  }
  return sum
}
