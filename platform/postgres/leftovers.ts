/**
 * What a killed server leaves. Each of its processes is a group of its own, so a kill of the first does not reach the
 * others: most see that it has gone and end, but one that is in the middle of a query goes on, and while it does no
 * other server may open the folder.
 */
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20
/** A killed process is gone in milliseconds, or it waits for a disk that does not answer. */
const GONE_LIMIT_MS = 10_000

/** Kills what is left; whoever calls it knows that no server is meant to run on the folder. @returns process ids */
export function killLeftovers(data: string): number[] {
  const pids = serverProcesses(data)
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
  return pids
}

/** Kills what is left and waits until it is gone, so that a server can start. */
export async function clearLeftovers(data: string): Promise<void> {
  const limit = Date.now() + GONE_LIMIT_MS
  while (killLeftovers(data).length > 0) {
    if (Date.now() > limit)
      throw new Error(
        `Process ${serverProcesses(data).join(', ')} of a server that was killed still works on ${data}. End it, or restart the machine.`,
      )
    await delay(POLL_MS)
  }
  // It names the killed server by its process id. After a restart of the machine another process of ours may have that
  // id, and PostgreSQL would take it for a server. Elsewhere nobody has looked, so it decides by itself.
  if (process.platform === 'linux') rmSync(join(data, 'postmaster.pid'), { force: true })
}

/** Every process of a server works in its data folder. Elsewhere than on Linux the system does not say. */
function serverProcesses(data: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isServer(name, data))
    .map(Number)
}

function isServer(pid: string, data: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n' && readlinkSync(`/proc/${pid}/cwd`) === data
    )
  } catch {
    // Another user's, or gone by now.
    return false
  }
}
