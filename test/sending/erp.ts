/**
 * An ERP that behaves as badly as real ones: it takes an order by its key once, and answers as it is told to. It checks each
 * signature with code of its own.
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * - `take`: it takes the order and says so
 * - `fail`: 500 without taking it; `busy`: 429 with Retry-After
 * - `reset`: it takes the order, and the connection breaks before it answers
 * - `silent`: it takes the order and never answers
 * - `refuse`: 422; `move`: a redirect; `flood`: it takes it, and its answer never ends
 */
export type Behaviour = 'take' | 'fail' | 'busy' | 'reset' | 'silent' | 'refuse' | 'move' | 'flood'

export interface TestErp {
  url: URL
  /** Orders that were taken, by idempotency key: what was asked for, as text. */
  orders: Map<string, string>
  /** How often each key came. */
  attempts: Map<string, number>
  /** What was wrong with a request: a signature, or another order under the same key. */
  faults: string[]
  close(): Promise<void>
}

export async function startErp(
  secret: string,
  behave: (key: string, attempt: number) => Behaviour = () => 'take',
): Promise<TestErp> {
  const orders: TestErp['orders'] = new Map()
  const attempts: TestErp['attempts'] = new Map()
  const faults: string[] = []

  function take(key: string, body: string): void {
    const order = orders.get(key)
    if (order !== undefined && order !== body) faults.push(`${key}: another order under the same key`)
    orders.set(key, body)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const { headers } = request
    const key = String(headers['idempotency-key'])
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const expected = `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`
    if (headers['webhook-signature'] !== expected || headers['webhook-id'] !== key)
      faults.push(`${key}: wrong signature`)
    const attempt = (attempts.get(key) ?? 0) + 1
    attempts.set(key, attempt)
    const json = { 'content-type': 'application/json' }
    switch (behave(key, attempt)) {
      case 'take':
        take(key, body)
        return void response.writeHead(201, json).end('{"document":"4500000017"}')
      case 'fail':
        return void response.writeHead(500, json).end('{"error":"deadlock"}')
      case 'busy':
        return void response.writeHead(429, { ...json, 'retry-after': '2' }).end('{}')
      case 'reset':
        take(key, body)
        return void request.socket.resetAndDestroy()
      case 'silent':
        return take(key, body)
      case 'refuse':
        return void response.writeHead(422, json).end('{"error":"vendor SUP-1 is blocked"}')
      case 'move':
        return void response.writeHead(308, { location: 'http://127.0.0.1:1/elsewhere' }).end()
      case 'flood': {
        take(key, body)
        response.writeHead(200, json)
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        }
        response.on('drain', more).on('error', () => undefined)
        more()
      }
    }
  }

  const server = createServer((request, response) => void answer(request, response).catch(() => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`),
    orders,
    attempts,
    faults,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
