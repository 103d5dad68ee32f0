/** Nothing outlives its supervisor: parts die with it where the system can do that (dieWithParent), and the next start looks again. */
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { readJson, writeJson } from '../state/files.ts'
import { type Identity, identify, isAlive } from './identity.ts'

/** The processes of a data folder, on disk, so that the next supervisor can end what this one left. */
export function createProcessList(path: string) {
  const present = new Map<string, Identity>()
  const write = () => writeJson(path, Object.fromEntries(present))
  return {
    add(name: string, pid: number) {
      const identity = identify(pid)
      if (!identity) return
      present.set(name, identity)
      write()
    },
    remove(name: string) {
      if (present.delete(name)) write()
    },
  }
}

/**
 * Ends what a killed supervisor left running. A process counts as left only when its id and its start time agree.
 * @returns names of the parts that were ended
 */
export async function endLeftovers(path: string): Promise<string[]> {
  const identities = (readJson(path) ?? {}) as Record<string, Identity>
  const leftovers = Object.entries(identities).filter(([, identity]) => isAlive(identity))
  for (const [, { pid }] of leftovers) process.kill(pid, 'SIGKILL')
  while (leftovers.some(([, identity]) => isAlive(identity))) await delay(50)
  rmSync(path, { force: true })
  return leftovers.map(([name]) => name)
}
