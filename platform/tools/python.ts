/** The machine's Python, and environments of packages whose hashes are pinned. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ask, run } from '../processes/run.ts'

export const OLDEST_PYTHON = [3, 11] as const

export interface Python {
  command: string
  version: string
  /** Why it cannot be used, with the fix, or undefined. */
  fault?: string
}

const PROBE =
  'import sys, importlib.util as u; print(*sys.version_info[:3], all(map(u.find_spec, ("venv", "ensurepip"))))'

/** The newest usable Python on the PATH; one that cannot be used, with its fault, when there is no better. */
export async function findPython(): Promise<Python | undefined> {
  let unusable: Python | undefined
  for (const command of ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python']) {
    const [major, minor, patch, venv] = ((await ask(command, ['-c', PROBE])) ?? '').trim().split(' ')
    if (patch === undefined) continue
    const version = `${major}.${minor}.${patch}`
    const oldest = OLDEST_PYTHON.join('.')
    const old = Number(major) < OLDEST_PYTHON[0] || Number(minor) < OLDEST_PYTHON[1]
    if (!old && venv === 'True') return { command, version }
    unusable ??= {
      command,
      version,
      fault: old
        ? `Python ${version} (${command}) is too old. Install Python ${oldest} or newer.`
        : `Python ${version} (${command}) has no venv module. Install it: apt-get install python3-venv (Debian, Ubuntu).`,
    }
  }
  return unusable
}

/** The interpreter inside an environment. */
export function pythonOf(environment: string): string {
  return join(environment, 'bin', 'python')
}

/** Makes an environment with exactly these packages. */
export async function createEnvironment(folder: string, requirements: string): Promise<void> {
  const python = await findPython()
  if (!python || python.fault) {
    throw new Error(
      python?.fault ??
        `Python is not on the PATH. Install Python ${OLDEST_PYTHON.join('.')} or newer with its venv module.`,
    )
  }
  await run(python.command, ['-m', 'venv', folder])
  await run(pythonOf(folder), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '--only-binary=:all:',
    '-r',
    requirements,
  ])
  if (!existsSync(pythonOf(folder)))
    throw new Error(`${folder} has no bin/python after its set-up. Remove it and try again.`)
}
