import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { getPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { BACKGROUND_NICE } from '@shelfcast/contracts/background'
import { describe, expect, test, vi } from 'vitest'
import { TELLING, type Told } from '../../test/runtime/priority.ts'
import { BACKGROUND_THREADS, endInBackground, runInBackground, spawnInBackground } from './background.ts'

const script = (text: string) => ['--input-type=module', '--eval', text]
const start = (text: string, env: NodeJS.ProcessEnv = {}) =>
  spawnInBackground(process.execPath, script(text), {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
const firstLineOf = async (child: ReturnType<typeof start>) =>
  (await once(createInterface({ input: child.stdout! }), 'line'))[0] as string
const told = async (child: ReturnType<typeof start>) => JSON.parse(await firstLineOf(child)) as Told

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const goes = (pid: number) => vi.waitFor(() => expect(runs(pid)).toBe(false), { timeout: 15_000 })

test('a program that nobody waits for has a lower priority and bounded threads, and this process keeps its own', async () => {
  const own = getPriority()
  const { nice, OMP_NUM_THREADS, POLARS_MAX_THREADS } = await told(start(TELLING))
  expect(nice).toBe(BACKGROUND_NICE)
  expect([OMP_NUM_THREADS, POLARS_MAX_THREADS]).toEqual([
    String(BACKGROUND_THREADS),
    String(BACKGROUND_THREADS),
  ])
  expect(getPriority()).toBe(own)
})

test('bounds that it is given are kept', async () => {
  expect(await told(start(TELLING, { OMP_NUM_THREADS: '7' }))).toMatchObject({ OMP_NUM_THREADS: '7' })
})

describe.skipIf(!existsSync('/proc/self/autogroup'))('where Linux divides by sessions', () => {
  test('its session is lowered, and not the one that it was started from', async () => {
    const { autogroup } = await told(start(TELLING))
    expect(autogroup).toMatch(new RegExp(` nice ${BACKGROUND_NICE}$`))
    const plain = spawn(process.execPath, script(TELLING), { stdio: ['ignore', 'pipe', 'inherit'] })
    expect((await told(plain)).autogroup).not.toBe(autogroup)
  })

  test('a program that leads no session lowers itself alone', async () => {
    const module = JSON.stringify(new URL('background.ts', import.meta.url).href)
    const child = spawn(
      process.execPath,
      script(
        `const { runInBackground } = await import(${module}); runInBackground();${TELLING.replaceAll(/import \{(.*?)\} from ('.*?')/g, 'const {$1} = await import($2)')}`,
      ),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const { nice, autogroup } = await told(child)
    expect(nice).toBe(BACKGROUND_NICE)
    expect(autogroup).not.toMatch(new RegExp(` nice ${BACKGROUND_NICE}$`))
  })
})

/** A program that starts another, says its id, and stays. */
const FAMILY = `
  import { spawn } from 'node:child_process'
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)'])
  console.log(child.pid)
  setInterval(() => undefined, 1000)`

test('it is ended with what it has started', async () => {
  const child = start(FAMILY)
  const grandchild = Number(await firstLineOf(child))
  endInBackground(child)
  await goes(child.pid!)
  await goes(grandchild)
})

test.skipIf(process.platform !== 'linux')(
  'it goes with the process that started it, however that ends',
  async () => {
    const module = JSON.stringify(new URL('background.ts', import.meta.url).href)
    const parent = spawn(
      process.execPath,
      script(`
      const { spawnInBackground } = await import(${module})
      const child = spawnInBackground(process.execPath, ['--eval', 'console.log(1); setInterval(() => undefined, 1000)'], { env: process.env, stdio: ['ignore', 'pipe', 'inherit'] })
      child.stdout.once('data', () => console.log(child.pid))`),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const pid = Number(await firstLineOf(parent))
    parent.kill('SIGKILL')
    await goes(pid)
  },
)

test('a process whose priority cannot be lowered is left as it is', () => {
  const ABSENT = 2 ** 22 + 1
  expect(() => runInBackground(ABSENT)).not.toThrow()
})

test('a program that is not there is an error, as with any other', async () => {
  const child = spawnInBackground('/nowhere/python', [], { env: {}, stdio: ['ignore', 'ignore', 'ignore'] })
  const [code] = await Promise.race([once(child, 'close'), once(child, 'error').then(() => [1])])
  expect(code).not.toBe(0)
})
