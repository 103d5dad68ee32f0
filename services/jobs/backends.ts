/** What the jobs around models work on. Nothing is opened before a job asks for it: some jobs need none of it. */

import { type Alerts, createAlerts } from '@shelfcast/operational/alerts'
import { createOperational, type Operational } from '@shelfcast/operational/client'
import { patientOperational } from '@shelfcast/operational/patient'
import { createRegistry, type Registry } from '@shelfcast/operational/registry'
import { createRuns, type Runs } from '@shelfcast/operational/runs'
import {
  LakeEnvironment,
  OperationalEnvironment,
  readEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { createLake, type Lake } from '@shelfcast/runtime/lake'
import type { Patience } from '@shelfcast/runtime/patience'
import { patientLake } from '@shelfcast/runtime/patient-lake'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { patientWarehouse } from '@shelfcast/warehouse/patient'
import { Type } from 'typebox'
import type { Champions } from './models/champions.ts'

export interface Backends {
  readonly server: { url: string; user: string; password: string }
  readonly warehouse: Warehouse
  readonly lake: Lake
  readonly operational: Operational
  readonly registry: Registry
  readonly runs: Runs
  readonly alerts: Alerts
  readonly champions: Champions
  close(): Promise<void>
}

/** Whether the process is told where they are. */
export function knowsBackends(environment: NodeJS.ProcessEnv): boolean {
  return Boolean(environment.CLICKHOUSE_URL && environment.OPERATIONAL_URL)
}

/** @param patience of a command: services try again by themselves, with the next run */
export function openBackends(environment: NodeJS.ProcessEnv = process.env, patience?: Patience): Backends {
  const server = once(() => {
    const told = readEnvironment(Type.Object({ ...WarehouseEnvironment.properties }), environment)
    return { url: told.CLICKHOUSE_URL, user: told.CLICKHOUSE_USER, password: told.CLICKHOUSE_PASSWORD }
  })
  const warehouse = once(() => {
    const client = createWarehouse({ ...server(), application: 'jobs' })
    return patience ? patientWarehouse(client, patience) : client
  })
  const lake = once(() => {
    const client = createLake(readEnvironment(Type.Object({ ...LakeEnvironment.properties }), environment))
    return patience ? patientLake(client, patience) : client
  })
  const operational = once(() => {
    const told = readEnvironment(Type.Object({ ...OperationalEnvironment.properties }), environment)
    const client = createOperational({
      url: told.OPERATIONAL_URL,
      password: told.OPERATIONAL_PASSWORD,
      application: 'jobs',
      ...(patience && { patienceMs: 0 }),
    })
    return patience ? patientOperational(client, patience) : client
  })
  const registry = once(() => createRegistry(operational()))
  const runs = once(() => createRuns(operational()))
  const alerts = once(() => createAlerts(operational()))
  return {
    get server() {
      return server()
    },
    get warehouse() {
      return warehouse()
    },
    get lake() {
      return lake()
    },
    get operational() {
      return operational()
    },
    get registry() {
      return registry()
    },
    get runs() {
      return runs()
    },
    get alerts() {
      return alerts()
    },
    champions: {
      async champion(model) {
        const found = await registry().champion(model)
        if (!found) return undefined
        const { version, manifest, prefix } = found
        return {
          version,
          manifest,
          readFile: async (name) => lake().read('features', `${prefix.replace(/\/$/, '')}/${name}`),
        }
      },
    },
    async close() {
      await Promise.all([warehouse.made?.close(), operational.made?.close()])
    },
  }
}

interface Once<T> {
  (): T
  /** What was made, if it was asked for. */
  made?: T
}

function once<T>(make: () => T): Once<T> {
  const get: Once<T> = () => {
    get.made ??= make()
    return get.made
  }
  return get
}
