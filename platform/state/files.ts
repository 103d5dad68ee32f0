/** Small state files, written so that a reader or a crash never sees half of one. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Owner only: state files name ports, process ids and secrets. */
const PRIVATE = 0o600

export function writeJson(path: string, value: unknown): void {
  const draft = `${path}.${process.pid}.draft`
  try {
    writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: PRIVATE })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** The parsed file, or undefined when there is none. */
export function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} is not JSON (${(error as Error).message}). Remove it and start again.`)
  }
}
