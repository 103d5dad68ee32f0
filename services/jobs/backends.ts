/** What jobs work on: lake, warehouse and operational store. None is asked before a job needs it. */
import { type Alerts, createAlerts } from '@shelfcast/operational/alerts'
import { createOperational, type Operational } from '@shelfcast/operational/client'
import { patientOperational } from '@shelfcast/operational/patient'
import { createRegistry, type Registry } from '@shelfcast/operational/registry'
import { createRuns, type Runs } from '@shelfcast/operational/runs'
import { BackendEnvironment } from '@shelfcast/platform/parts/jobs'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import type { Patience } from '@shelfcast/runtime/patience'
import { patientLake } from '@shelfcast/runtime/patient-lake'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { patientWarehouse } from '@shelfcast/warehouse/patient'
import { type Champions, createChampions } from './models/champions.ts'

/** The connections that all else is made of. */
export interface Connections {
  /** How the warehouse is reached by those that need connections of their own. */
  readonly server: { url: string; user: string; password: string }
  readonly warehouse: Warehouse
  readonly lake: Lake
  readonly operational: Operational
}

export interface Backends extends Connections {
  readonly registry: Registry
  readonly runs: Runs
  readonly alerts: Alerts
  readonly champions: Champions
  close(): Promise<void>
}

/** @param patience of a command: services try again by themselves, with the next run */
export function openBackends(environment: NodeJS.ProcessEnv = process.env, patience?: Patience): Backends {
  const settings = readEnvironment(BackendEnvironment, environment)
  const server = {
    url: settings.CLICKHOUSE_URL,
    user: settings.CLICKHOUSE_USER,
    password: settings.CLICKHOUSE_PASSWORD,
  }
  const warehouse = createWarehouse({ ...server, application: 'jobs', work: 'background' })
  const lake = createLake(settings)
  const operational = createOperational({
    url: settings.OPERATIONAL_URL,
    password: settings.OPERATIONAL_PASSWORD,
    application: 'jobs',
    ...(patience && { patienceMs: 0 }),
  })
  if (!patience) return backendsOf({ server, warehouse, lake, operational })
  return backendsOf({
    server,
    warehouse: patientWarehouse(warehouse, patience),
    lake: patientLake(lake, patience),
    operational: patientOperational(operational, patience),
  })
}

export function backendsOf(connections: Connections): Backends {
  const { operational, lake, warehouse } = connections
  const registry = createRegistry(operational)
  return {
    ...connections,
    registry,
    runs: createRuns(operational),
    alerts: createAlerts(operational),
    champions: createChampions(registry, lake),
    async close() {
      await Promise.all([warehouse.close(), operational.close()])
    },
  }
}
