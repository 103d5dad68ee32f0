/** Settings that a person may change: .env in the repository, overruled by the environment. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { PartName } from '../components.ts'
import { REPOSITORY } from './layout.ts'

export type Settings = Record<string, string | undefined>

export function readSettings(): Settings {
  const path = join(REPOSITORY, '.env')
  return { ...(existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {}), ...process.env }
}

/** What every process may see of the machine: no credentials, no settings of other parts. */
const MACHINE = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'LOG_LEVEL'] as const

/** The settings that one part gets to see: the machine's, and those that begin with its name. */
export function settingsFor(
  part: PartName | 'provision' | 'migrate' | 'migrate-operational',
  settings: Settings,
): Record<string, string> {
  const prefix = `${part.toUpperCase()}_`
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      value !== undefined && (name.startsWith(prefix) || (MACHINE as readonly string[]).includes(name))
        ? [[name, value]]
        : [],
    ),
  )
}
