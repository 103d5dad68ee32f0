/** Threads that each work on one piece at a time, for jobs that go through many stores. */
import { availableParallelism } from 'node:os'
import { parentPort, Worker } from 'node:worker_threads'

/** Each lane has its own data in memory, and the warehouse needs a core too. */
const MOST_LANES = 4

/** What a lane answers. */
type LaneAnswer<Result> = { result: Result } | { error: string }

/**
 * Works on all pieces, on as many threads as the machine bears.
 * @param options.module of the lane: it calls `serveLane`
 * @param options.data that each lane is given once
 * @returns results in the order in which they came
 */
export async function workInLanes<Piece, Result>(
  pieces: readonly Piece[],
  options: {
    module: URL
    data: unknown
    signal: AbortSignal
    onProgress?: ((done: number, of: number) => void) | undefined
  },
): Promise<Result[]> {
  const { module, data, signal, onProgress } = options
  const count = Math.min(pieces.length, availableParallelism(), MOST_LANES)
  const results: Result[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: count }, async () => {
      const lane = openLane<Piece, Result>(module, data)
      try {
        while (next < pieces.length) {
          signal.throwIfAborted()
          results.push(await lane.work(pieces[next++]!))
          onProgress?.(results.length, pieces.length)
        }
      } finally {
        await lane.close()
      }
    }),
  )
  return results
}

function openLane<Piece, Result>(module: URL, data: unknown) {
  const worker = new Worker(module, { workerData: data })
  return {
    work: (piece: Piece) =>
      new Promise<Result>((resolve, reject) => {
        const settle = () => {
          worker.off('message', onMessage)
          worker.off('error', onError)
          worker.off('exit', onExit)
        }
        const onMessage = (answer: LaneAnswer<Result>) => {
          settle()
          if ('error' in answer) reject(new Error(answer.error))
          else resolve(answer.result)
        }
        const onError = (error: unknown) => {
          settle()
          reject(error)
        }
        const onExit = (code: number) => onError(new Error(`A thread of the job ended with code ${code}.`))
        worker.on('message', onMessage)
        worker.on('error', onError)
        worker.on('exit', onExit)
        worker.postMessage(piece)
      }),
    close: () => worker.terminate(),
  }
}

/** In the module of a lane: works on each piece that it is sent. */
export function serveLane<Piece, Result>(work: (piece: Piece) => Promise<Result>): void {
  parentPort!.on('message', async (piece: Piece) => {
    let answer: LaneAnswer<Result>
    try {
      answer = { result: await work(piece) }
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) }
    }
    parentPort!.postMessage(answer)
  })
}
