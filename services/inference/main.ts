/** The process: forecasts with their reasons, of the champion that the registry names. */

import { createOperational } from '@shelfcast/operational/client'
import { createRegistry } from '@shelfcast/operational/registry'
import { inference } from '@shelfcast/platform/parts/inference'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { createService } from '@shelfcast/runtime/service'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { lakeSource } from './model/bundle.ts'
import { warehouseFeatures } from './model/follower.ts'
import { startInference } from './serve/start.ts'

const environment = readEnvironment(inference.environment)
const log = createLog('inference', environment.LOG_LEVEL)
const service = createService(log)
const warehouse = createWarehouse({
  url: environment.CLICKHOUSE_URL,
  user: environment.CLICKHOUSE_USER,
  password: environment.CLICKHOUSE_PASSWORD,
  application: 'inference',
})
service.onStop('warehouse client', () => warehouse.close())
const operational = createOperational({
  url: environment.OPERATIONAL_URL,
  password: environment.OPERATIONAL_PASSWORD,
  application: 'inference',
})
service.onStop('operational client', () => operational.close())
const registry = createRegistry(operational)
const lake = createLake(environment)
await startInference({
  log,
  service,
  models: {
    champion: registry.champion,
    version: registry.version,
    experiment: registry.experiment,
    readFile: (version, name) => lakeSource(lake, version.prefix)(name),
  },
  features: warehouseFeatures(warehouse),
  host: environment.BIND_HOST,
  ownHosts: ownHosts(environment),
  port: environment.INFERENCE_PORT,
})
