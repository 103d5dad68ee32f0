/** One shot: writes the OpenAPI document for the dashboard's client. @example node services/api/openapi.ts FILE */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createOperational } from '@shelfcast/operational/client'
import { createLog } from '@shelfcast/runtime/log'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { Registry } from 'prom-client'
import { buildServer } from './server.ts'

const file = resolve(
  process.argv[2] ?? resolve(import.meta.dirname, '../../dashboards/planner/src/api/openapi.json'),
)

// The document comes from the routes alone: nothing below is ever asked.
const warehouse = createWarehouse({
  url: 'http://127.0.0.1:8123',
  user: '',
  password: '',
  application: 'openapi',
})
const operational = createOperational({
  url: 'postgres://none@127.0.0.1:5432/none',
  password: '',
  application: 'openapi',
})
const app = await buildServer({
  log: createLog('openapi', 'warn'),
  registry: new Registry(),
  isReady: () => false,
  warehouse,
  operational,
  broker: { ranges: async () => new Map(), close: async () => {} },
  readObject: async () => undefined,
  sender: { send: async () => [], close: async () => {} },
  probes: {},
  sparkJobs: async () => [],
  twinUrl: '',
  inferenceUrl: '',
  erpSecret: 'no-secret',
  ownHosts: [],
  dashboardDir: import.meta.dirname,
})
await app.ready()
await mkdir(dirname(file), { recursive: true })
await writeFile(file, `${JSON.stringify(app.swagger(), null, 2)}\n`)
await app.close()
await warehouse.close()
await operational.close()
process.stdout.write(`${file}\n`)
