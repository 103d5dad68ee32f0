/** The plan of each part, and of what runs once. */
import { compact } from '../parts/on-demand.ts'
import { type OneShotName, oneShotOf, type PartName, partOf } from '../parts/parts.ts'
import { accessTo } from '../state/stack.ts'
import { serviceIsReady, serviceResponds, warehouseAnswers } from '../supervisor/probes.ts'
import { kafkaPlan } from './kafka.ts'
import { lakePlan } from './lake.ts'
import { operationalPlan } from './operational.ts'
import {
  environmentOf,
  nodePlan,
  type OneShotPlan,
  type Plan,
  type PlanInput,
  QUESTION_MS,
  SILENCE_MS,
} from './plan.ts'
import { sparkPlan } from './spark.ts'

/** With all its query slots taken the warehouse refuses ours as well, and such rushes end. */
const WAREHOUSE_SILENCE_MS = 120_000

/** Those that are more than a service of ours on Node. */
const PLANS: Partial<Record<PartName, (input: PlanInput) => Plan>> = {
  kafka: kafkaPlan,
  lake: lakePlan,
  operational: operationalPlan,
  spark: sparkPlan,
  warehouse: (input) => ({
    ...servicePlan('warehouse', input),
    liveness: {
      answers: () => warehouseAnswers(accessTo(input.ports, input.secrets).warehouse, QUESTION_MS),
      silenceMs: WAREHOUSE_SILENCE_MS,
    },
  }),
  jobs(input) {
    const service = servicePlan('jobs', input)
    // The compaction, which it starts, reads the same environment.
    const ofSpark = input.tools.spark ? environmentOf(compact.environment, input) : {}
    return { ...service, environment: { ...ofSpark, ...service.environment } }
  },
}

export function plan(name: PartName, input: PlanInput): Plan {
  return PLANS[name]?.(input) ?? servicePlan(name, input)
}

/** What runs once at each start, between the stores and the services. */
export function oneShot(name: OneShotName, input: PlanInput): OneShotPlan {
  return nodePlan(oneShotOf(name), input)
}

function servicePlan(name: PartName, input: PlanInput): Plan {
  const port = Object.values(input.ports[name])[0]!
  return {
    ...nodePlan(partOf(name), input),
    isReady: () => serviceIsReady(port),
    liveness: { answers: () => serviceResponds(port, QUESTION_MS), silenceMs: SILENCE_MS },
  }
}
