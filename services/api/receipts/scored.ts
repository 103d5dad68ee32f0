/** What a model was given when it forecast, to be held against the features that are kept. */
import type { Operational } from '@shelfcast/operational/client'
import { bounded } from '../read/bounded.ts'
import { type Prove, STORE_LIMIT_MS } from './hops.ts'

/** What was scored, by name of the input; null is a value that was not known. */
export type ScoredInputs = Map<string, number | null>

/** @returns undefined where nobody knows: of a baseline, or when the registry does not answer */
export async function scoredInputs(
  { prove, operational }: { prove: Prove; operational: Operational },
  parts: { store_id: string; sku: string; origin: string; model_version: string; horizon: number },
): Promise<ScoredInputs | undefined> {
  const [names, { rows }] = await Promise.all([
    inputNames(operational, parts.model_version),
    prove<{ features: (number | null)[] }>(
      `
      select features
      from fact_forecast
      where origin = {origin:Date}
          and store_id = {store_id:String}
          and sku = {sku:String}
          and horizon = {horizon:UInt8}
          and model_version = {model_version:String}
      order by served desc, made_at desc
      limit 1`,
      parts,
    ),
  ])
  const values = rows[0]?.features ?? []
  if (names.length === 0 || names.length !== values.length) return undefined
  return new Map(names.map((name, index) => [name, values[index]!]))
}

async function inputNames(operational: Operational, version: string): Promise<string[]> {
  try {
    const ask = () =>
      operational.query<{ names: string[] | null }>(
        `select (select json_agg(input->>'name') from jsonb_array_elements(manifest->'inputs') as input) as names
      from model_versions
      where model = 'demand' and version = $1`,
        [version],
      )
    const [row] = await bounded(STORE_LIMIT_MS, ask)()
    return row?.names ?? []
  } catch {
    // The thread goes on without: what the registry knows is on the page of the models.
    return []
  }
}

/** Inputs of which the model was given another value than is kept: both are 32-bit numbers. */
export function differingInputs(
  scored: ScoredInputs,
  values: Record<string, string | number | null>,
): string[] {
  return [...scored].filter(([name, value]) => value !== (values[name] ?? null)).map(([name]) => name)
}
