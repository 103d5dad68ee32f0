/** Approves orders over HTTP in a process of its own, to be killed: each submission with its key, as the API does it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOperational } from '@shelfcast/operational/client'
import { orderChanges } from '@shelfcast/operational/order-changes'
import { createSubmissions } from '@shelfcast/operational/submissions'

const { OPERATIONAL_URL = '', OPERATIONAL_PASSWORD = '' } = process.env
const operational = createOperational({
  url: OPERATIONAL_URL,
  password: OPERATIONAL_PASSWORD,
  application: 'test approver',
  patienceMs: 500,
})
const submissions = createSubmissions(operational)

const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url!, 'http://127.0.0.1')
  const key = searchParams.get('key')!
  const change = { id: Number(searchParams.get('id')), version: Number(searchParams.get('version')) }
  try {
    const answer = await submissions.submit({ key, request: change }, async (inside) => {
      const order = await orderChanges(inside).approve({
        id: change.id,
        version: change.version,
        channel: 'erp',
        actor: 'ann',
        reason: 'as planned',
      })
      return { status: 200, body: JSON.stringify(order) }
    })
    response.writeHead(answer.status).end(answer.body)
  } catch (error) {
    response.writeHead(503).end(String(error))
  }
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
