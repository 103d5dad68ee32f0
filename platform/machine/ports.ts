/** Which port each part listens on, and who sits on one that is taken. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { defaultOf } from '../parts/part.ts'
import { PARTS, type PartName, partOf } from '../parts/parts.ts'
import { takeLock } from '../processes/lock.ts'
import type { Settings } from '../state/configuration.ts'
import { dataFolder } from '../state/layout.ts'

export type Ports = Record<PartName, Record<string, number>>

/** SeaweedFS listens for gRPC this far above each of its ports, and its own worker counts on it. */
const GRPC_OFFSET = 10_000
/** Free ports are looked for below the range that Linux gives to outgoing connections (32768 up), gRPC included. */
const FREE_FROM = 10_240
const FREE_TO = 22_240

/** Variable that sets a port. */
function variableOf(part: PartName, name: string): string {
  return partOf(part).ports[name]!
}

/** The ports that the parts have, each overruled by its variable. */
export function configuredPorts(settings: Settings): Ports {
  return mapPorts((part, name, fallback) => {
    const variable = variableOf(part, name)
    const text = settings[variable]
    if (text === undefined || text === '') return fallback
    const highest = 65_535 - (part === 'lake' ? GRPC_OFFSET : 0)
    const port = Number(text)
    if (!Number.isInteger(port) || port < 1 || port > highest) {
      throw new Error(`${variable} is "${text}". Set it to a port from 1 to ${highest}.`)
    }
    return port
  })
}

/**
 * Ports that nobody listens on and no other live process of this checkout was given: a stack that starts beside this one
 * listens on its own only some seconds later. Those of the last start are kept where they are still free.
 */
export async function freePorts(previous?: Ports): Promise<Ports> {
  const folder = join(dataFolder(), 'claimed-ports')
  mkdirSync(folder, { recursive: true })
  const isGiven = (port: number) => {
    const lock = takeLock(join(folder, String(port)))
    return 'holder' in lock && lock.holder.pid !== process.pid
  }
  const claims = new Set<number>()
  const choose = async (part: PartName, lastPort: number | undefined) => {
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const random = FREE_FROM + Math.floor(Math.random() * (FREE_TO - FREE_FROM))
      const port = attempt === 0 && lastPort !== undefined ? lastPort : random
      const numbers = listeners(part, port)
      if (numbers.some((number) => claims.has(number))) continue
      if ((await Promise.all(numbers.map(isFree))).includes(false)) continue
      if (numbers.map(isGiven).includes(true)) continue
      for (const number of numbers) claims.add(number)
      return port
    }
    throw new Error(
      `No free port between ${FREE_FROM} and ${FREE_TO}. Stop what listens there (ss -ltnp lists it).`,
    )
  }
  const chosen = mapPorts(() => 0)
  for (const part of PARTS) {
    for (const name of Object.keys(chosen[part])) {
      chosen[part][name] = await choose(part, previous?.[part]?.[name])
    }
  }
  return chosen
}

/** One line for each port of these parts that is taken: who has it, and the fix. */
export async function portFaults(ports: Ports, parts: readonly PartName[]): Promise<string[]> {
  const demands = parts.flatMap((part) =>
    Object.entries(ports[part]).flatMap(([name, base]) =>
      listeners(part, base).map((port) => ({ port, variable: variableOf(part, name), base })),
    ),
  )
  const faults = await Promise.all(
    demands.map(async ({ port, variable, base }) => {
      const rival = demands.find((other) => other.port === port && other.variable !== variable)
      if (rival)
        return `Port ${port} is given to both ${variable} and ${rival.variable}. Change one of them in .env.`
      if (await isFree(port)) return undefined
      const shift = port === base ? '' : ` (${variable} + ${GRPC_OFFSET})`
      return `Port ${port}${shift} is taken by ${portOwner(port)}. Stop it, or set ${variable} in .env to a free port.`
    }),
  )
  return faults.filter((fault) => fault !== undefined)
}

function listeners(part: PartName, port: number): number[] {
  return part === 'lake' ? [port, port + GRPC_OFFSET] : [port]
}

function mapPorts(choose: (part: PartName, name: string, fallback: number) => number): Ports {
  return Object.fromEntries(
    PARTS.map((part) => [
      part,
      Object.fromEntries(
        Object.entries(partOf(part).ports).map(([name, variable]) => [
          name,
          choose(part, name, Number(defaultOf(partOf(part).environment.properties[variable]))),
        ]),
      ),
    ]),
  ) as Ports
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** "process 4121 (java)", or what can be said where the system does not tell. */
export function portOwner(port: number): string {
  try {
    const pid = process.platform === 'linux' ? ownerByProc(port) : ownerByLsof(port)
    if (pid !== undefined) return `process ${pid} (${processName(pid)})`
  } catch {
    // Without lsof, or for another user's process, the port is all there is to say.
  }
  return 'a process of another user'
}

/** proc(5): listening sockets are in /proc/net/tcp with state 0A; their inode is among a process's open files. */
function ownerByProc(port: number): number | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
      .map((fields) => `socket:[${fields[9]}]`),
  )
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => openFiles(pid).some((file) => inodes.includes(file)))
}

function openFiles(pid: number): string[] {
  const read = <T>(look: () => T[]): T[] => {
    try {
      return look()
    } catch {
      // Another user's process, or a file or process that is gone by now.
      return []
    }
  }
  const folder = `/proc/${pid}/fd`
  return read(() => readdirSync(folder)).flatMap((fd) => read(() => [readlinkSync(`${folder}/${fd}`)]))
}

function ownerByLsof(port: number): number | undefined {
  const pid = execFileSync('lsof', ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN'], { encoding: 'utf8' })
  return Number.parseInt(pid, 10) || undefined
}

function processName(pid: number): string {
  if (process.platform === 'linux') return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim()
}
