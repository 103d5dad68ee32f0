/** A file that one live process holds. A crash leaves it behind, which the next holder sees and takes over. */
import { linkSync, rmSync } from 'node:fs'
import { readJson, writeJson } from '../state/files.ts'
import { type Identity, identify, isAlive } from './identity.ts'

/**
 * Takes the lock, or says who holds it.
 * @returns what gives it back, or the holder
 */
export function takeLock(path: string): { release: () => void } | { holder: Identity } {
  const claim = `${path}.${process.pid}`
  writeJson(claim, identify(process.pid))
  try {
    for (;;) {
      try {
        linkSync(claim, path)
        return { release: () => rmSync(path, { force: true }) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = readJson(path) as Identity | undefined
      if (holder && isAlive(holder)) return { holder }
      rmSync(path, { force: true })
    }
  } finally {
    rmSync(claim, { force: true })
  }
}
