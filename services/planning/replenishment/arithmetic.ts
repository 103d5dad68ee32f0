/** A running number, and the steps that made it. */
import type { PlanStep, PlanStepName } from '@shelfcast/contracts/planning'

export interface Arithmetic {
  readonly value: number
  readonly steps: PlanStep[]
  /** Always told: the number is what it is from here on. */
  set(step: PlanStepName, after: number, facts?: PlanStep['facts']): void
  /** Told only where it changes the number, or has something to say. */
  change(step: PlanStepName, after: number, facts?: PlanStep['facts']): void
}

/** More digits than people count in are noise. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6

export function createArithmetic(steps: PlanStep[] = []): Arithmetic {
  let value = steps.at(-1)?.after ?? 0
  const set: Arithmetic['set'] = (step, after, facts = {}) => {
    const next = rounded(after)
    steps.push({ step, before: value, after: next, facts })
    value = next
  }
  return {
    get value() {
      return value
    },
    steps,
    set,
    change(step, after, facts) {
      if (rounded(after) !== value || facts !== undefined) set(step, after, facts)
    },
  }
}
