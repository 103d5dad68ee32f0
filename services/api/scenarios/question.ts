/** A question about scenarios as a URL has it, made ready for inference. */
import type { RescoredPart, RescoreQuestion } from '@shelfcast/contracts/rescoring'
import { parseScenario, ScenarioTextError } from '@shelfcast/contracts/scenario-text'
import {
  SCENARIO_NAMES,
  type Scenario,
  type ScenarioName,
  type ScenarioPart,
  type ScenarioQuery,
  type ScenarioScope,
} from '@shelfcast/contracts/scenarios'
import type { ScenarioStore } from '@shelfcast/warehouse/queries/scenario-world'
import { fault } from '../http/errors.ts'

export interface NamedScenario {
  name: ScenarioName
  scenario: Scenario
  /** Its place among what inference is asked. */
  place: number
  /** Of each part alone; that of the scenario where it has one part only. */
  partPlaces: number[]
}

export interface ReadyQuestion {
  scenarios: NamedScenario[]
  rescoring: RescoreQuestion
}

/** @throws where a text is no scenario, or names a region or a store that nobody knows */
export function questionOf(query: ScenarioQuery, stores: readonly ScenarioStore[]): ReadyQuestion {
  const { from_day, to_day, category, sku, store_id, region } = query
  if (from_day !== undefined && to_day !== undefined && from_day > to_day)
    throw fault(
      400,
      'invalid_request',
      `Parameter "from_day" ${from_day} is after "to_day" ${to_day}. Give the earlier one first.`,
    )
  const asked: RescoredPart[][] = []
  const scenarios = SCENARIO_NAMES.flatMap((name): NamedScenario[] => {
    const text = query[name]
    if (text === undefined) return []
    const scenario = read(text, name)
    const parts = scenario.map((part) => rescoredPart(part, stores))
    const place = asked.push(parts) - 1
    const partPlaces = parts.length === 1 ? [place] : parts.map((part) => asked.push([part]) - 1)
    return [{ name, scenario, place, partPlaces }]
  })
  return {
    scenarios,
    rescoring: { ...scopeOf({ category, sku, store_id, region }, stores), scenarios: asked },
  }
}

function read(text: string, name: string): Scenario {
  try {
    return parseScenario(text, name)
  } catch (error) {
    if (error instanceof ScenarioTextError) throw fault(400, 'invalid_scenario', error.message)
    throw error
  }
}

/** A delay changes nothing that is forecast. */
function rescoredPart(
  { kind, strength = 0, shown_as = 'price_off', scope, from_day, to_day }: ScenarioPart,
  stores: readonly ScenarioStore[],
): RescoredPart {
  const where = {
    ...scopeOf(scope, stores),
    ...(from_day !== undefined && { from_day }),
    ...(to_day !== undefined && { to_day }),
  }
  switch (kind) {
    case 'festival':
      return { ...where, festival: true }
    case 'price':
      return { ...where, price_factor: strength }
    case 'promotion':
      return { ...where, promotion: { kind: shown_as, off: strength } }
    case 'no_promotion':
      return { ...where, promotion: null }
    case 'rain':
      return { ...where, rain_mm: strength }
    case 'temperature':
      return { ...where, temperature_anomaly_c: strength }
    case 'demand':
      return { ...where, demand_factor: strength }
    case 'delay':
      return where
  }
}

type Optional<T> = { [Name in keyof T]: T[Name] | undefined }

function scopeOf(
  { region, store_id, category, sku }: Partial<Optional<ScenarioScope>>,
  stores: readonly ScenarioStore[],
): Pick<RescoredPart, 'stores' | 'category' | 'sku'> {
  return {
    ...((region !== undefined || store_id !== undefined) && { stores: storesOf(region, store_id, stores) }),
    ...(category !== undefined && { category }),
    ...(sku !== undefined && { sku }),
  }
}

function storesOf(
  region: string | undefined,
  store_id: string | undefined,
  stores: readonly ScenarioStore[],
): string[] {
  if (region !== undefined && !stores.some((store) => store.region === region))
    throw fault(
      404,
      'unknown_region',
      `No store is in a region "${region}". Regions are ${[...new Set(stores.map((store) => store.region))].sort().join(', ') || 'not known yet'}.`,
    )
  if (region === undefined && store_id !== undefined) return [store_id]
  return stores
    .filter((store) => store.region === region && (store_id === undefined || store.store_id === store_id))
    .map((store) => store.store_id)
}

/** Whether a part is of a SKU of a store. */
export function isInScope(
  { region, store_id, category, sku, supplier_id }: ScenarioScope,
  of: { region: string; store_id: string; category: string; sku: string; supplier_id: string },
): boolean {
  return (
    (region === undefined || region === of.region) &&
    (store_id === undefined || store_id === of.store_id) &&
    (category === undefined || category === of.category) &&
    (sku === undefined || sku === of.sku) &&
    (supplier_id === undefined || supplier_id === of.supplier_id)
  )
}
