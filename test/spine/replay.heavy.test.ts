/** Ten parts killed during a replay of Online Retail by the command itself: it ends well, and every row is exact. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { type Stack, startStack } from '@shelfcast/platform/supervisor/supervise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until, untilLanded, warehouseFigures } from '../stack/figures.ts'
import { NO_REAL_DATA, onlineRetailFigures, REAL_DATA } from '../stack/real-data.ts'

const KILLS = [
  ...(['warehouse', 'kafka', 'lake', 'ingest', 'warehouse'] as const),
  ...(['lake', 'kafka', 'ingest', 'warehouse', 'lake'] as const),
]

let folder: string
let stack: Stack
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

test.skipIf(NO_REAL_DATA !== undefined)(
  `ten kills${NO_REAL_DATA ? ` (${NO_REAL_DATA})` : ''}`,
  async () => {
    const outcome = await onlineRetailFigures()
    const child = spawn(
      join(REPOSITORY, 'node_modules', '.bin', 'node'),
      ['scripts/launch.mjs', 'replay', 'online-retail', REAL_DATA.onlineRetail, '--data', folder, '--json'],
      { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk) => {
        output[name] += chunk
      })
    const closed = once(child, 'close') as Promise<[number | null]>
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
    const [code] = await closed
    process.stdout.write(output.stderr)
    expect(code, output.stderr).toBe(0)
    expect(JSON.parse(output.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({
      rows_read: 541_909,
      rows_accepted: outcome.accepted,
      rows_reversed: outcome.reversed,
      rows_refused: outcome.refused,
    })
    await untilLanded(stack.environment, 'sales-transactions')
    expect(await warehouseFigures(stack.environment)).toEqual(outcome)
  },
  600_000,
)
