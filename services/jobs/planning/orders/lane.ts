/** A thread of plan-orders: plans slices of stores as it is told to. */
import { workerData } from 'node:worker_threads'
import { createWarehouse } from '@shelfcast/warehouse/client'
import type { Backends } from '../../backends.ts'
import { serveLane } from '../../engine/lanes.ts'
import { planSlice, type Slice } from './slice.ts'
import type { PlanningContext } from './store-plan.ts'

export interface LaneData {
  server: Backends['server']
  context: PlanningContext
}

const { server, context } = workerData as LaneData
const warehouse = createWarehouse({ ...server, application: 'jobs', work: 'background' })
serveLane((slice: Slice) => planSlice(warehouse, slice, context))
