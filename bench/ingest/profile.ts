/** Where the time of the ingest process goes, by the step that it belongs to, from Node's own CPU profiles. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { alignTable } from '../measure.ts'

interface Frame {
  functionName: string
  url: string
  /** From 0; -1 for what is not JavaScript. */
  lineNumber: number
}
interface Profile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[]
  samples: number[]
  /** Microseconds before each sample. */
  timeDeltas: number[]
}

const TOP = 15
/** Whose code belongs to which step; the first that matches counts, and what matches none belongs to its caller's. */
const STEPS: readonly (readonly [step: string, url: RegExp])[] = [
  [
    'decode',
    /services\/ingest\/stream\/gate\/(fast-route|slow-route|reader|scratch|instants|pattern|line-ranges|(decoder|value)-source)/,
  ],
  ['judge', /services\/ingest\/stream\/(gate|chain\/(ids|lander))|contracts\/(identity|dates)/],
  ['encode', /services\/ingest\/stream\/(parquet|chain\/block)|parquet-wasm|apache-arrow|wasm:/],
  ['dead letters', /services\/ingest\/load\/dead-letters|node_modules\/kafkajs/],
  ['consume', /services\/ingest\/stream\/kafka|node_modules\/@platformatic/],
  ['put', /services\/runtime\/lake|node_modules\/minio/],
  ['load', /services\/ingest\/load|services\/warehouse|node_modules\/@clickhouse/],
]
/** What the process does besides, by the profiler's own names. */
const IDLE = 'idle'
const BESIDES = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(idle)', IDLE],
])
const OTHER = 'other'
/** The run is from the first records to the last ledger row; before it code is read, after it the process waits. */
const FIRST = /services\/ingest\/stream\/kafka\/(fetch|records)/
const LAST = /services\/ingest\/load\/loader/

export interface ProfileResult {
  table: string
  /** Milliseconds of self time by step. */
  steps_ms: Record<string, number>
}

/** @param folder holds one profile for each thread of the process */
export function readProfiles(folder: string): ProfileResult {
  const steps = new Map<string, number>()
  const functions = new Map<string, { step: string; ms: number }>()
  for (const file of readdirSync(folder)) {
    addProfile(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile, steps, functions)
  }
  const total = [...steps.values()].reduce((sum, ms) => sum + ms, 0)
  const row = (name: string, ms: number) => [
    name,
    `${Math.round(ms)} ms`,
    `${((100 * ms) / total).toFixed(1)} %`,
  ]
  const bySelf = [...steps].sort(([, left], [, right]) => right - left)
  const top = [...functions]
    .filter(([, { step }]) => step !== IDLE)
    .sort(([, left], [, right]) => right.ms - left.ms)
    .slice(0, TOP)
  const tables = [
    alignTable([['Self time by step', '', ''], ...bySelf.map(([step, ms]) => row(step, ms))]),
    alignTable([['Function', '', ''], ...top.map(([name, { step, ms }]) => row(`${step}: ${name}`, ms))]),
  ]
  return { table: tables.join('\n\n'), steps_ms: Object.fromEntries(steps) }
}

function addProfile(
  { nodes, samples, timeDeltas }: Profile,
  steps: Map<string, number>,
  functions: Map<string, { step: string; ms: number }>,
): void {
  const frames = new Map(nodes.map((node) => [node.id, { ...node.callFrame, step: OTHER }]))
  // Parents stand before their children.
  for (const { id, children } of nodes) {
    const own = frames.get(id)!
    own.step = stepOf(own) ?? own.step
    for (const child of children ?? []) frames.get(child)!.step = own.step
  }
  const isFrom = (pattern: RegExp) => (id: number) => pattern.test(frames.get(id)!.url)
  const first = Math.max(0, samples.findIndex(isFrom(FIRST)))
  const last = samples.findLastIndex(isFrom(LAST))
  for (let index = first; index <= (last < 0 ? samples.length - 1 : last); index++) {
    const { step, functionName, url, lineNumber } = frames.get(samples[index]!)!
    const ms = timeDeltas[index]! / 1000
    steps.set(step, (steps.get(step) ?? 0) + ms)
    const name = `${functionName || '(anonymous)'}${placeOf(url, lineNumber)}`
    const entry = functions.get(name)
    if (entry) entry.ms += ms
    else functions.set(name, { step, ms })
  }
}

function stepOf({ functionName, url, lineNumber }: Frame): string | undefined {
  // The decoder is generated, so it has lines and no file.
  if (url === '' && lineNumber >= 0) return 'decode'
  return BESIDES.get(functionName) ?? STEPS.find(([, pattern]) => pattern.test(url))?.[0]
}

function placeOf(url: string, line: number): string {
  if (url.startsWith('file:')) return `  ${relative(REPOSITORY, fileURLToPath(url))}:${line + 1}`
  if (url !== '') return `  ${url}`
  return line >= 0 ? '  (generated)' : ''
}
