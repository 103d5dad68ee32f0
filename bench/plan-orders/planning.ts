/** A plan of all stores in a process of its own, as the job `plan-orders` makes and stores it. */
import { planOrders } from '@shelfcast/jobs/planning/orders/plan-orders'
import { createOperational } from '@shelfcast/operational/client'
import { createRegistry } from '@shelfcast/operational/registry'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { answer, readTask } from '../task.ts'

export interface PlanningTask {
  server: { url: string; user: string; password: string }
  operational: { url: string; password: string }
}

export interface PlanningFigures {
  series: number
  lines: number
  orders: number
  added: number
  planner_cpu_s: number
  memory_mb: number
}

const task = readTask<PlanningTask>()
const warehouse = createWarehouse({ ...task.server, application: 'bench' })
const operational = createOperational({ ...task.operational, application: 'bench' })
try {
  const planned = await planOrders(
    { warehouse, server: task.server, operational, registry: createRegistry(operational) },
    { signal: new AbortController().signal, force: true },
  )
  const { user, system } = process.cpuUsage()
  const { series, lines, orders, added } = planned!
  answer({ series, lines, orders, added, planner_cpu_s: (user + system) / 1e6 })
} finally {
  await warehouse.close()
  await operational.close()
}
