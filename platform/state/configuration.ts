/** Settings that a person may change: .env in the repository, overruled by the environment. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { REPOSITORY } from './layout.ts'

export type Settings = Record<string, string | undefined>

export function readSettings(): Settings {
  const path = join(REPOSITORY, '.env')
  return { ...(existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {}), ...process.env }
}
