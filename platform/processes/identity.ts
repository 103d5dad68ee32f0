/** Which process a process id names: ids are used again, start times are not. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Identity {
  pid: number
  /** When the process started, in the system's own words; with the boot it belongs to. */
  started: string
}

/** The live process with this id, or undefined; one that has ended and was not collected counts as gone. */
export function identify(pid: number): Identity | undefined {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
  } catch {
    return undefined
  }
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.started === identity.started
}

function fromProc(pid: number): Identity | undefined {
  // The name stands in brackets and may hold spaces: count fields after the last one (proc(5): 3 state, 22 starttime).
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return { pid, started: `${boot}/${fields[19]}` }
}

function fromPs(pid: number): Identity | undefined {
  const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
  })
    .trim()
    .split(/\s+/)
  return state === undefined || state === '' || state.startsWith('Z')
    ? undefined
    : { pid, started: started.join(' ') }
}
