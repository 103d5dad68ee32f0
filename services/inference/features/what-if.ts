/** How a change that a planner imagines acts on the inputs of the model. What they hold is in services/warehouse/features. */
import type { WhatIfChanges } from '@shelfcast/contracts/inference'

export type Change = Exclude<keyof WhatIfChanges, 'from_horizon' | 'to_horizon'>

/** The day that an input is of, as it is known. */
interface Day {
  input: string
  horizon: number
  /** Another input of the row; NaN where it has no value or the model does not take it in. */
  of(input: string): number
}

interface Effect<Value> {
  /** Names of the inputs that it acts on. */
  inputs: RegExp
  /** What an input becomes. */
  act(input: number, value: Value, day: Day): number
}

type Scenarios = { [Name in Change]: readonly Effect<Exclude<WhatIfChanges[Name], undefined>>[] }

/** Inputs that say how a promotion is shown are named after it, but for these kinds. */
const SHOWN_AS: Record<string, string> = { end_cap: 'promotion_display' }

export const SCENARIOS: Scenarios = {
  price_factor: [{ inputs: /^price($|_relative_)/, act: (input, factor) => input * factor }],
  promotion: [
    { inputs: /^promotion_off$/, act: (_before, promotion) => promotion?.off ?? 0 },
    {
      inputs: /^promotion_(display|multibuy|coupon)$/,
      act: (_before, promotion, { input }) =>
        promotion && (SHOWN_AS[promotion.kind] ?? `promotion_${promotion.kind}`) === input ? 1 : 0,
    },
    {
      inputs: /^promotion_lift_now$/,
      act: (input, promotion, { of }) => (promotion ? orElse(of('promotion_lift'), input) : 1),
    },
  ],
  rain_mm: [
    { inputs: /^rain_expected$/, act: (_before, rain) => rain },
    {
      // The effect is the slope times the difference of roots.
      inputs: /^rain_effect$/,
      act: (input, rain, { of }) =>
        orElse(input + of('rain_slope') * (Math.sqrt(rain) - Math.sqrt(of('rain_expected'))), input),
    },
  ],
  temperature_anomaly_c: [
    { inputs: /^temperature_anomaly$/, act: (_before, degrees) => degrees },
    {
      inputs: /^temperature_effect$/,
      act: (input, degrees, { of }) => orElse(degrees * of('temperature_slope'), input),
    },
  ],
  festival_days: [
    {
      inputs: /^days_to_(event|holiday|festival)$/,
      act: (input, festivals, { horizon }) =>
        nearest(
          input,
          festivals.map((festival) => festival - horizon),
        ),
    },
    {
      inputs: /^days_since_(event|holiday|festival)$/,
      act: (input, festivals, { horizon }) =>
        nearest(
          input,
          festivals.map((festival) => horizon - festival),
        ),
    },
    {
      inputs: /^event_kind$/,
      act: (input, festivals, { horizon }) => (festivals.includes(horizon) ? 1 : input),
    },
  ],
}

function orElse(value: number, otherwise: number): number {
  return Number.isNaN(value) ? otherwise : value
}

/** The least of the distances that are not negative, and of the one that is known. */
function nearest(input: number, distances: readonly number[]): number {
  const ahead = distances.filter((days) => days >= 0)
  return ahead.length === 0 ? input : Math.min(orElse(input, Number.POSITIVE_INFINITY), ...ahead)
}

/** What becomes of one column of the model's inputs. */
interface ColumnChange {
  column: number
  /** @param row of the inputs as they are known */
  apply(row: Float32Array, horizon: number): number
}

export interface Plan {
  columns: readonly ColumnChange[]
  ignored: { change: Change; reason: string }[]
}

/** What the changes do to a model of these inputs. */
export function planChanges(changes: WhatIfChanges, inputs: readonly { name: string }[]): Plan {
  const columns: ColumnChange[] = []
  const ignored: Plan['ignored'] = []
  for (const change of Object.keys(SCENARIOS) as Change[]) {
    const value = changes[change]
    if (value === undefined) continue
    const targets = columnsOf(change, value, inputs)
    columns.push(...targets)
    if (targets.length === 0)
      ignored.push({ change, reason: `the model has no input like ${patternsOf(change)}` })
  }
  return { columns, ignored }
}

function columnsOf(change: Change, value: unknown, inputs: readonly { name: string }[]): ColumnChange[] {
  const at = new Map(inputs.map(({ name }, column) => [name, column]))
  // Each effect is declared for the value of its own change, which the compiler cannot follow through the key.
  const effects = SCENARIOS[change] as readonly Effect<unknown>[]
  return effects.flatMap(({ inputs: pattern, act }) =>
    [...at]
      .filter(([input]) => pattern.test(input))
      .map(([input, column]) => ({
        column,
        apply: (row: Float32Array, horizon: number) =>
          act(row[column]!, value, { input, horizon, of: (name) => row[at.get(name) ?? -1] ?? Number.NaN }),
      })),
  )
}

function patternsOf(change: Change): string {
  return SCENARIOS[change].map(({ inputs }) => inputs.source.replaceAll(/[\^$]/g, '')).join(' or ')
}
