/**
 * The API as a process that tests kill: answers orders over stores of theirs, and prints its port. With KILL_AFTER_COMMIT,
 * it kills itself when its first submission is in the store and before it is answered.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { createOperational, type Operational } from '@shelfcast/operational/client'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { buildTestServer } from './fixture.ts'

export interface OrdersServer {
  url: string
  process: ChildProcess
  /** Ends it as a crash does. */
  kill(): Promise<void>
}

export async function startOrdersServer(options: {
  operational: { url: string; password: string }
  warehouse?: { url: string; user: string; password: string }
  killAfterCommit?: boolean
}): Promise<OrdersServer> {
  const child = spawn(process.execPath, [import.meta.filename], {
    env: {
      ...process.env,
      ORDERS_SERVER: JSON.stringify(options),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [port] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => Promise.reject(new Error(`The API ended with ${code} before it listened.`))),
  ])) as [string]
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Dies between the commit of what writes and its answer. */
function mortal(operational: Operational): Operational {
  return {
    ...operational,
    async transaction(work) {
      const result = await operational.transaction(work)
      process.kill(process.pid, 'SIGKILL')
      return result
    },
  }
}

if (import.meta.main) {
  const { operational, warehouse, killAfterCommit } = JSON.parse(process.env.ORDERS_SERVER!) as Parameters<
    typeof startOrdersServer
  >[0]
  const store = createOperational({ ...operational, application: 'api' })
  const app = await buildTestServer({
    operational: killAfterCommit ? mortal(store) : store,
    ...(warehouse && { warehouse: createWarehouse({ ...warehouse, application: 'api' }) }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`)
}
