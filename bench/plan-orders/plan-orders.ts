/** What a morning's orders cost: all SKUs of all stores planned, explained, stored and written as drafts. */
import { writeFileSync } from 'node:fs'
import { createOperational } from '@shelfcast/operational/client'
import { migrate } from '@shelfcast/operational/migrate'
import { prepareTools } from '@shelfcast/platform/tools/tools'
import { createLog } from '@shelfcast/runtime/log'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { fillChain } from '../../test/planning/chain.ts'
import { warehouseOf } from '../ingest/landed.ts'
import { openStack } from '../ingest/stage.ts'
import { usageOf } from '../ingest/usage.ts'
import { alignTable, type BenchOptions, type BenchResult, inProcess } from '../measure.ts'
import type { PlanningFigures, PlanningTask } from './planning.ts'

const CHAINS = [
  { stores: 20, skus: 500 },
  { stores: 100, skus: 1_000 },
  { stores: 200, skus: 5_000 },
]
const QUICK_CHAINS = [{ stores: 3, skus: 50 }]
const ORIGIN = '2026-10-31'

interface Measurement {
  series: number
  lines: number
  orders: number
  wall_s: number
  /** Of the planner and the warehouse. */
  cpu_s: number
  planner_mb: number
  warehouse_mb: number
  /** The same again: what a plan costs that changes nothing. */
  again_s: number
  is_same: boolean
}

export async function benchPlanOrders({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const tools = await prepareTools(progress)
  const measurements: Measurement[] = []
  for (const chain of quick ? QUICK_CHAINS : CHAINS) {
    const { stack, close } = await openStack(['lake', 'warehouse', 'operational'], tools)
    const warehouse = warehouseOf(stack.environment)
    const { OPERATIONAL_URL: url, OPERATIONAL_PASSWORD: password } = stack.environment
    const operational = createOperational({ url: url!, password: password!, application: 'bench' })
    try {
      await migrate(operational, createLog('bench', 'silent'))
      const size = `${(chain.stores * chain.skus).toLocaleString('en')} series`
      await progress.step(`A chain, ${size}`, (note) =>
        fillChain(warehouse, { ...chain, origin: ORIGIN }, note),
      )
      const pid = stack.part('warehouse').pid!
      const task: PlanningTask = {
        server: {
          url: stack.environment.CLICKHOUSE_URL!,
          user: stack.environment.CLICKHOUSE_USER!,
          password: stack.environment.CLICKHOUSE_PASSWORD!,
        },
        operational: { url: url!, password: password! },
      }
      const plan = async (title: string) => {
        writeFileSync(`/proc/${pid}/clear_refs`, '5')
        const before = usageOf(pid)
        const began = performance.now()
        const figures = await progress.step(`${title}, ${size}`, () =>
          inProcess<PlanningFigures>(process.execPath, 'plan-orders/planning.ts', task),
        )
        const wall_s = (performance.now() - began) / 1_000
        const { cpu_s, peak_mb } = usageOf(pid)
        return {
          ...figures,
          wall_s,
          cpu_s: cpu_s - before.cpu_s + figures.planner_cpu_s,
          warehouse_mb: peak_mb,
        }
      }
      const first = await plan('Orders')
      const again = await plan('The same again')
      const digests = await rowsOf(warehouse, 'select distinct digest from order_plans')
      measurements.push({
        series: first.series,
        lines: first.lines,
        orders: first.orders,
        wall_s: first.wall_s,
        cpu_s: first.cpu_s,
        planner_mb: first.memory_mb,
        warehouse_mb: first.warehouse_mb,
        again_s: again.wall_s,
        is_same: digests.length === 1 && again.added === 0 && again.lines === first.lines,
      })
    } finally {
      await operational.close()
      await warehouse.close()
      await close()
    }
  }
  return { table: tableOf(measurements), figures: Object.fromEntries(measurements.flatMap(figuresOf)) }
}

function tableOf(measurements: readonly Measurement[]): string {
  return alignTable([
    ['series', 'lines', 'orders', 's', 'CPU s', 'MB planner', 'MB warehouse', 'again, s', 'the same'],
    ...measurements.map((each) => [
      each.series.toLocaleString('en'),
      each.lines.toLocaleString('en'),
      each.orders.toLocaleString('en'),
      each.wall_s.toFixed(1),
      each.cpu_s.toFixed(1),
      String(each.planner_mb),
      String(each.warehouse_mb),
      each.again_s.toFixed(1),
      each.is_same ? 'yes' : 'NO',
    ]),
  ])
}

const figuresOf = ({ series, is_same, ...rest }: Measurement): [string, number][] => [
  ...Object.entries(rest).map(([name, value]): [string, number] => [`${name}_${series}_series`, value]),
  [`same_${series}_series`, Number(is_same)],
]
