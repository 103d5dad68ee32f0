/** Named pipes between the engine and HTTP: any format, back-pressure in both directions, no copy on disk. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

/** How long the engine takes to open its end is well under this many milliseconds; it is asked that often. */
const OPEN_POLL_MS = 1

export interface Pipes {
  /** A pipe that nobody else uses. Give it back when the engine has ended the statement. */
  take(): string
  giveBack(pipe: string): void
}

/** Makes the pipes anew: what a killed process left is removed. */
export function createPipes(folder: string, count: number): Pipes {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const free = Array.from({ length: count }, (_, index) => join(folder, String(index)))
  execFileSync('mkfifo', ['-m', '600', ...free])
  return {
    take() {
      const pipe = free.pop()
      if (!pipe) throw new Error(`All ${count} pipes are in use. Admit fewer queries.`)
      return pipe
    },
    giveBack: (pipe) => void free.push(pipe),
  }
}

/**
 * The reading end of a result.
 * @returns the stream, and `finish`, to be called when the statement has ended: only then can an empty result end
 */
export function openResult(pipe: string): { stream: Socket; finish(): void } {
  // While nobody has opened the writing end, a read would report the end: this descriptor keeps the pipe open until
  // the first byte, or until the statement has ended.
  let holder: number | undefined = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
  const finish = () => {
    if (holder !== undefined) closeSync(holder)
    holder = undefined
  }
  const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const stream = new Socket({ fd, readable: true, writable: false })
  stream.once('readable', finish)
  return { stream, finish }
}

/**
 * The writing end of an INSERT.
 * @param ended settles when the statement has ended
 * @returns undefined when it ended before it opened the pipe
 */
export async function openRows(pipe: string, ended: Promise<unknown>): Promise<Socket | undefined> {
  const state = { ended: false }
  const end = () => {
    state.ended = true
  }
  ended.then(end, end)
  while (!state.ended) {
    try {
      // Fails with ENXIO until the engine has the reading end: rows written before would be lost.
      const fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
      return new Socket({ fd, readable: false, writable: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENXIO')) throw error
      await new Promise((resolve) => setTimeout(resolve, OPEN_POLL_MS))
    }
  }
  return undefined
}
