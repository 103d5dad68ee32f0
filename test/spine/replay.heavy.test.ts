/** The real files whole, by the command itself: ten parts killed under Online Retail, Complete Journey twice. Every row is exact. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sum } from '../stack/dirt.ts'
import { type Figures, until, untilLanded, warehouseFigures } from '../stack/figures.ts'
import { completeJourneyFigures, NO_REAL_DATA, onlineRetailFigures, REAL_DATA } from '../stack/real-data.ts'

const KILLS = [
  ...(['warehouse', 'kafka', 'lake', 'ingest', 'warehouse'] as const),
  ...(['lake', 'kafka', 'ingest', 'warehouse', 'lake'] as const),
]

let folder: string
let stack: Stack
/** What must be in the warehouse by now. */
let expected: Figures = { accepted: 0, reversed: 0, net: 0n, refused: {} }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-kills-'))
  stack = await startStack({
    dataDir: folder,
    ports: 'free',
    parts: ['kafka', 'lake', 'warehouse', 'ingest'],
  })
}, 240_000)
afterAll(async () => {
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

function startReplay(...args: string[]) {
  const child = spawn(
    join(REPOSITORY, 'node_modules', '.bin', 'node'),
    ['scripts/launch.mjs', 'replay', ...args, '--data', folder, '--json'],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk) => {
      output[name] += chunk
    })
  const closed = once(child, 'close').then(([code]) => {
    if (code !== 0) throw new Error(`replay ended with ${code}:\n${output.stderr}`)
    return JSON.parse(output.stdout.trimEnd().split('\n').at(-1)!)
  })
  return { child, output, closed }
}

test.skipIf(NO_REAL_DATA !== undefined)(
  `ten kills${NO_REAL_DATA ? ` (${NO_REAL_DATA})` : ''}`,
  async () => {
    const outcome = await onlineRetailFigures()
    const { child, output, closed } = startReplay('online-retail', REAL_DATA.onlineRetail)
    await until(async () => /sent [1-9]/.test(output.stderr), 'the first rows sent', 120_000)
    for (const name of KILLS) {
      const killed = stack.part(name).pid
      stack.part(name).kill()
      await until(
        async () => ![undefined, killed].includes(stack.part(name).pid),
        `${name} started again`,
        60_000,
      )
      expect(child.exitCode).toBeNull()
    }
    process.stdout.write(output.stderr)
    expect(await closed).toMatchObject({
      rows_read: 541_909,
      rows_accepted: outcome.accepted,
      rows_reversed: outcome.reversed,
      rows_refused: outcome.refused,
    })
    await untilLanded(stack.environment, 'sales-transactions')
    expected = sum(expected, outcome)
    expect(await warehouseFigures(stack.environment)).toEqual(expected)
  },
  600_000,
)

test.skipIf(NO_REAL_DATA !== undefined)(
  'Complete Journey, and again: all of it is repetition',
  async () => {
    const { first, again } = await completeJourneyFigures()
    const replay = () => startReplay('complete-journey', REAL_DATA.transactions, REAL_DATA.products).closed
    const same = { rows_read: 75_000, rows_reversed: 0 }
    expect(await replay()).toMatchObject({
      ...same,
      rows_accepted: first.accepted,
      rows_refused: first.refused,
    })
    expect(await replay()).toMatchObject({ ...same, rows_accepted: 0, rows_refused: again })
    expect(again.repeated).toBeGreaterThan(74_000)
    expected = sum(expected, first, { accepted: 0, reversed: 0, net: 0n, refused: again })
    await untilLanded(stack.environment, 'sales-transactions')
    expect(await warehouseFigures(stack.environment)).toEqual(expected)
  },
  600_000,
)
