/** Forecasts of the stores of a slice, made and stored. */
import type { ForecastRole } from '@shelfcast/contracts/inference'
import { type ScoringBundles, scoreOrigin } from '@shelfcast/inference/serve/origin'
import { insertForecasts } from '@shelfcast/inference/serve/stored'
import type { Warehouse } from '@shelfcast/warehouse/client'

export interface Slice {
  origin: string
  turn: number
  attempt: number
  stores: readonly string[]
}

/** A version that failed at its work. */
export interface Trouble {
  role: ForecastRole
  message: string
}

export interface SliceResult {
  /** Forecasts of all roles. */
  rows: number
  /** That serves. */
  version: string
  troubles: Trouble[]
}

export async function scoreSlice(options: {
  warehouse: Warehouse
  bundles: ScoringBundles
  slice: Slice
  onProgress?: ((done: number, of: number) => void) | undefined
}): Promise<SliceResult> {
  const { warehouse, bundles, slice, onProgress } = options
  const { origin, turn, attempt, stores } = slice
  const troubles: Trouble[] = []
  const scored = await scoreOrigin({
    warehouse,
    bundles,
    origin,
    stores,
    onProgress,
    onTrouble: (role, error) =>
      troubles.push({ role, message: error instanceof Error ? error.message : String(error) }),
  })
  let rows = 0
  for (const part of scored) rows += await insertForecasts(warehouse, part, turn, attempt)
  return { rows, version: scored[0]!.version, troubles }
}
