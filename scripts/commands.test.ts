/** What the commands say when they cannot do what was asked. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BACKGROUND_NICE } from '@shelfcast/contracts/background'
import { BACKGROUND_THREADS } from '@shelfcast/runtime/background'
import { afterEach, beforeEach, expect, test } from 'vitest'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'shelfcast-commands-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

function command(name: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, `${name}.ts`), ...args],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  return { status, stdout, stderr }
}

test('--help tells every flag', () => {
  const { status, stdout } = command('up', '--help')
  expect(status).toBe(0)
  for (const flag of ['--data', '--ports <free>', '--with', '--no-twin', '--fresh', '--yes', '--verbose']) {
    expect(stdout).toContain(flag)
  }
})

test.skipIf(!process.env.SHELFCAST_TEST_MODELS)('models yields to a stack that may run beside it', () => {
  // given a Python that says at its start how it runs
  writeFileSync(
    join(dataDir, 'sitecustomize.py'),
    'import os; print("nice", os.nice(0), "threads", os.environ.get("OMP_NUM_THREADS"))',
  )
  const { stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'models.ts'), '--help'], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: undefined, PYTHONPATH: dataDir },
  })
  expect(stdout).toContain(`nice ${BACKGROUND_NICE} threads ${BACKGROUND_THREADS}\n`)
  expect(stdout).toContain('shelfcast-models')
})

test('an unknown flag and a wrong value are refused', () => {
  expect(command('up', '--dat', 'x')).toMatchObject({ status: 1, stderr: expect.stringContaining("'--dat'") })
  expect(command('up', '--ports', '9000')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("'9000' is invalid. Allowed choices are free."),
  })
})

test('--fresh asks, and without a terminal deletes nothing', () => {
  writeFileSync(join(dataDir, 'secrets.json'), '{}')
  mkdirSync(join(dataDir, 'kafka'))
  expect(command('up', '--fresh', '--data', dataDir)).toMatchObject({
    status: 1,
    stderr: '--fresh asks first, and there is no terminal. Add --yes.\n',
  })
  expect(existsSync(join(dataDir, 'kafka'))).toBe(true)
})

test("--fresh does not touch a folder that is not a stack's, whatever is answered", () => {
  mkdirSync(join(dataDir, 'photos'))
  expect(command('up', '--fresh', '--yes', '--data', dataDir)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`${dataDir} holds "photos" and no Shelfcast data`),
  })
  expect(existsSync(join(dataDir, 'photos'))).toBe(true)
})

test.each(['status', 'replay', 'jobs'] as const)(
  '%s without a running stack says how to start one',
  (name) => {
    const rest = { status: [], replay: ['online-retail', 'file.csv'], jobs: ['fetch-weather'] }[name]
    const { status, stderr } = command(name, ...rest, '--data', dataDir)
    expect(status).toBe(1)
    expect(stderr).toBe(
      `No stack runs on ${dataDir}. Start it with: npm start -- --data ${dataDir} (wait until it says that it is up).\n`,
    )
  },
)
