/** How a change that a planner imagines acts on the inputs of the model. */
import type { WhatIfChanges } from '@shelfcast/contracts/inference'

/** Days of which inputs tell how far a festival is count no further than this. */
const FESTIVAL_REACH_DAYS = 60

export type Change = Exclude<keyof WhatIfChanges, 'from_horizon' | 'to_horizon'>

/** What an input becomes. */
type Act<Value> = (before: number, value: Value, day: { input: string; horizon: number }) => number

interface Effect<Value> {
  /** Names of the inputs that it acts on. */
  inputs: RegExp
  act: Act<Value>
}

type Scenarios = { [Name in Change]: readonly Effect<NonNullable<WhatIfChanges[Name]> | NullOf<Name>>[] }
type NullOf<Name extends Change> = Extract<WhatIfChanges[Name], null>

export const SCENARIOS: Scenarios = {
  price_factor: [{ inputs: /^price_relative_/, act: (before, factor) => before * factor }],
  promotion: [
    {
      inputs: /^promotion_/,
      act: (_before, promotion, { input }) => {
        if (!promotion) return 0
        if (/^promotion_(off|depth|discount)$/.test(input)) return promotion.off
        if (/^promotion_(active|on)$/.test(input)) return 1
        return input === `promotion_${promotion.kind}` ? 1 : 0
      },
    },
  ],
  rain_mm: [{ inputs: /^rain_expected$/, act: (_before, rain) => rain }],
  temperature_anomaly_c: [{ inputs: /^temperature_anomaly$/, act: (_before, degrees) => degrees }],
  festival_days: [
    {
      inputs: /^days_to_(holiday|festival)$/,
      act: (before, horizons, { horizon }) =>
        nearest(
          before,
          horizons.map((festival) => festival - horizon),
        ),
    },
    {
      inputs: /^days_(since|after)_(holiday|festival)$/,
      act: (before, horizons, { horizon }) =>
        nearest(
          before,
          horizons.map((festival) => horizon - festival),
        ),
    },
    {
      inputs: /^(is_)?(holiday|festival)$/,
      act: (before, horizons, { horizon }) => (horizons.includes(horizon) ? 1 : before),
    },
  ],
}

/** The least of the distances that are not negative, and of the one that is known. */
function nearest(before: number, distances: readonly number[]): number {
  const known = Number.isNaN(before) ? [] : [before]
  const least = Math.min(...known, ...distances.filter((days) => days >= 0))
  return least <= FESTIVAL_REACH_DAYS ? least : before
}

/** An input that a scenario changes. */
interface InputChange {
  column: number
  input: string
  apply(before: number, horizon: number): number
}

export interface Plan {
  columns: readonly InputChange[]
  ignored: { change: Change; reason: string }[]
}

/** What the changes do to a model of these inputs. */
export function planChanges(changes: WhatIfChanges, inputs: readonly { name: string }[]): Plan {
  const plan: { columns: InputChange[]; ignored: Plan['ignored'] } = { columns: [], ignored: [] }
  for (const change of Object.keys(SCENARIOS) as Change[]) {
    const value = changes[change]
    if (value === undefined) continue
    const columns = effectsOf(change, value, inputs)
    plan.columns.push(...columns)
    if (columns.length === 0)
      plan.ignored.push({ change, reason: `the model has no input like ${patternsOf(change)}` })
  }
  return plan
}

function effectsOf(change: Change, value: unknown, inputs: readonly { name: string }[]): InputChange[] {
  // Each effect is declared for the value of its own change, which the compiler cannot follow through the key.
  const effects = SCENARIOS[change] as readonly Effect<unknown>[]
  return effects.flatMap(({ inputs: pattern, act }) =>
    inputs.flatMap(({ name: input }, column) =>
      pattern.test(input)
        ? [
            {
              column,
              input,
              apply: (before: number, horizon: number) => act(before, value, { input, horizon }),
            },
          ]
        : [],
    ),
  )
}

function patternsOf(change: Change): string {
  return SCENARIOS[change].map(({ inputs }) => inputs.source.replaceAll(/[\^$]/g, '')).join(' or ')
}
