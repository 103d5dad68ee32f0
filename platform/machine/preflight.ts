/** Can this machine run the stack, and the exact fix where not. */
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { PartName } from '../parts/parts.ts'
import { serverAccount } from '../postgres/account.ts'
import { binariesPackage } from '../postgres/binaries.ts'
import { ask, onPath } from '../processes/run.ts'
import { findJava, OLDEST_JAVA } from '../tools/java.ts'
import { findPython, OLDEST_PYTHON } from '../tools/python.ts'
import { hasKafkaJars, MAVEN_FIX } from '../tools/tools.ts'
import { type Ports, portFaults } from './ports.ts'

export interface Finding {
  subject: string
  level: 'ok' | 'warning' | 'fault'
  /** What was found, and the fix where it is not ok. */
  text: string
}

const OLDEST_NODE = 20
const OLDEST_NPM = 9
/** What all parts hold at once, with room for a replay: the lite profile. */
const MEMORY_GB = 4
/** Below this the kernel ends processes. */
const LEAST_MEMORY_GB = 2.5
/** Tools take 0.5 GB, a full replay about 1 GB, and Kafka and ClickHouse want room to merge. */
const DISK_GB = 5
const LEAST_DISK_GB = 1

export async function preflight(options: {
  dataDir: string
  ports: Ports
  parts: readonly PartName[]
}): Promise<Finding[]> {
  const [npm, python, java, ports] = await Promise.all([
    npmFinding(),
    pythonFinding(),
    javaFinding(),
    portFaults(options.ports, options.parts),
  ])
  return [
    finding('Node', Number.parseInt(process.versions.node, 10) >= OLDEST_NODE, {
      ok: process.versions.node,
      fault: `${process.versions.node} is too old. Install Node ${OLDEST_NODE} or newer.`,
    }),
    npm,
    python,
    java,
    mavenFinding(),
    postgresFinding(),
    memoryFinding(),
    diskFinding(options.dataDir),
    ...(ports.length === 0
      ? [{ subject: 'Ports', level: 'ok' as const, text: 'all free' }]
      : ports.map((text) => ({ subject: 'Ports', level: 'fault' as const, text }))),
  ]
}

/** @throws the faults among the findings, one a line */
export function refuseFaults(findings: readonly Finding[]): void {
  const faults = findings.filter(({ level }) => level === 'fault')
  if (faults.length > 0) throw new Error(faults.map(({ subject, text }) => `${subject}: ${text}`).join('\n'))
}

function finding(subject: string, ok: boolean, text: { ok: string; fault: string }): Finding {
  return { subject, level: ok ? 'ok' : 'fault', text: ok ? text.ok : text.fault }
}

async function npmFinding(): Promise<Finding> {
  const version = (await ask('npm', ['--version']))?.trim()
  return finding('npm', version !== undefined && Number.parseInt(version, 10) >= OLDEST_NPM, {
    ok: version ?? '',
    fault:
      version === undefined
        ? 'is not on the PATH. Install Node.js with npm.'
        : `${version} is too old. Install npm ${OLDEST_NPM} or newer: npm install --global npm@latest`,
  })
}

async function pythonFinding(): Promise<Finding> {
  const python = await findPython()
  return finding('Python', python !== undefined && python.fault === undefined, {
    ok: `${python?.version} with venv`,
    fault:
      python?.fault ??
      `is not on the PATH. Install Python ${OLDEST_PYTHON.join('.')} or newer with its venv module.`,
  })
}

async function javaFinding(): Promise<Finding> {
  const java = await findJava()
  if (java && java.major >= OLDEST_JAVA) return { subject: 'Java', level: 'ok', text: java.version }
  const shortfall = java ? `${java.version} is older than ${OLDEST_JAVA}` : 'is not on the PATH'
  const text = `${shortfall}: a JDK from PyPI will be used (150 MB, once). Install Java ${OLDEST_JAVA} or newer to avoid it.`
  return { subject: 'Java', level: 'warning', text }
}

function mavenFinding(): Finding {
  const maven = onPath('mvn')
  if (maven !== undefined) return { subject: 'Maven', level: 'ok', text: maven }
  if (hasKafkaJars()) return { subject: 'Maven', level: 'ok', text: "not needed: Kafka's jars are there" }
  return { subject: 'Maven', level: 'fault', text: MAVEN_FIX }
}

function postgresFinding(): Finding {
  try {
    binariesPackage()
    const account = serverAccount()
    const text = account ? `runs as user ${account.uid}: it refuses root` : 'from its package'
    return { subject: 'PostgreSQL', level: 'ok', text }
  } catch (error) {
    return { subject: 'PostgreSQL', level: 'fault', text: (error as Error).message }
  }
}

function memoryFinding(): Finding {
  const gb = availableMemory() / 2 ** 30
  const room = `${gb.toFixed(1)} GB available`
  if (gb >= MEMORY_GB) return { subject: 'Memory', level: 'ok', text: room }
  return {
    subject: 'Memory',
    level: gb >= LEAST_MEMORY_GB ? 'warning' : 'fault',
    text: `${room}, ${MEMORY_GB} GB wanted. Close other programs, or give the virtual machine more.`,
  }
}

/**
 * Bytes that can be had without swapping. Linux counts its file cache as used, and says so apart (proc(5)); macOS
 * keeps nearly all memory in use and frees it when asked, so there the size of the machine is what can be told.
 */
function availableMemory(): number {
  if (process.platform !== 'linux') return totalmem()
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

function diskFinding(dataDir: string): Finding {
  let folder = dataDir
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const gb = (bavail * bsize) / 2 ** 30
  const room = `${gb.toFixed(1)} GB free at ${folder}`
  if (gb >= DISK_GB) return { subject: 'Disk', level: 'ok', text: room }
  return {
    subject: 'Disk',
    level: gb >= LEAST_DISK_GB ? 'warning' : 'fault',
    text: `${room}, ${DISK_GB} GB wanted. Make room, or choose another disk with --data DIR.`,
  }
}
