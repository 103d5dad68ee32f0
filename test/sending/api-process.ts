/** The API in a process of its own, to be killed, over an operational store and nothing else; orders go by erp. */
import type { AddressInfo } from 'node:net'
import { createOperational } from '@shelfcast/operational/client'
import { buildTestServer } from '../api/fixture.ts'

const { OPERATIONAL_URL = '', OPERATIONAL_PASSWORD = '' } = process.env
const app = await buildTestServer({
  operational: createOperational({
    url: OPERATIONAL_URL,
    password: OPERATIONAL_PASSWORD,
    application: 'test api',
    patienceMs: 500,
  }),
  orderChannel: 'erp',
})
await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`)
