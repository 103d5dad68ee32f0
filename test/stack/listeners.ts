/** What the kernel says that processes listen on, so that a port that nobody lists is seen too. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Listener {
  pid: number
  port: number
  /** True when nobody but this machine reaches it. */
  isLoopback: boolean
}

/** proc_net(5): an address is written in the order of the machine's bytes, four at a time. */
const LOOPBACK = /^(0{24}|0{16}FFFF0000)?[0-9A-F]{6}7F$|^0{24}01000000$/
const LISTENING = '0A'

/** Ports of the processes and of all that they have started. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const sockets = new Map<string, number>()
  for (const pid of withDescendants(pids)) {
    for (const file of openFiles(pid)) sockets.set(file, pid)
  }
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([, local, , state, , , , , , inode]) => {
        const pid = sockets.get(`socket:[${inode}]`)
        if (state !== LISTENING || pid === undefined) return []
        const [address, port] = local!.split(':') as [string, string]
        return [{ pid, port: Number.parseInt(port, 16), isLoopback: LOOPBACK.test(address) }]
      }),
  )
}

function withDescendants(pids: readonly number[]): Set<number> {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        // The second field is the program's name in parentheses, which may hold spaces.
        const parent = readOr('', () => readFileSync(`/proc/${name}/stat`, 'utf8'))
          .split(') ')
          .at(-1)!
          .split(' ')[1]
        return parent === undefined ? [] : [[Number(name), Number(parent)] as const]
      }),
  )
  const family = new Set(pids)
  for (let size = 0; size !== family.size; ) {
    size = family.size
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid)
  }
  return family
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readOr([], () => readdirSync(folder)).flatMap((fd) =>
    readOr([], () => [readlinkSync(`${folder}/${fd}`)]),
  )
}

/** Processes and files may be gone by the time that they are read. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
