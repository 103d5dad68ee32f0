/** A thread of the history: see workers.ts. */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { createConditions } from '../sim/conditions.ts'
import { writeSales } from './sales.ts'
import type { WorkerMessage, WorkerTask } from './workers.ts'

const port = parentPort!
const { world, seed, stores, span, fileRows } = workerData as WorkerTask

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

await writeSales({
  conditions: createConditions(world, seed),
  stores,
  span,
  ...(fileRows !== undefined && { fileRows }),
  async put(object) {
    const answer = once(port, 'message')
    send({ object }, [object.body.buffer as ArrayBuffer])
    await answer
  },
  onProgress: (storeDays) => send({ storeDays }),
})
port.close()
