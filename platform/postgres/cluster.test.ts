/** The data folder: made once and whole, kept over kills, and never another's. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { killWhileWriting } from '../../test/platform/kills.ts'
import { type StoreProcess, startStoreProcess } from '../../test/platform/postgres.ts'
import { freePort } from '../../test/platform/server-process.ts'
import { isElsewhere } from './account.ts'
import { openCluster } from './cluster.ts'

let server: StoreProcess
beforeAll(async () => {
  server = await startStoreProcess()
}, 90_000)
afterAll(async () => {
  await server?.stop()
})

let folder: string
beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), 'shelfcast-cluster-'))
  // Where we are root, the user of the server has to get there.
  chmodSync(parent, 0o711)
  folder = join(parent, 'operational')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const open = async (password = 'correct-horse') =>
  openCluster({ folder, binaries: process.env.SHELFCAST_TEST_POSTGRES!, port: await freePort(), password })

/** Not those that have ended and nobody has asked about. */
const runs = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

test('nothing that was acknowledged is lost when the server is killed while rows are written', async () => {
  const { acknowledged, lost } = await killWhileWriting(server, 3, () => 50)
  expect(acknowledged).toBeGreaterThanOrEqual(150)
  expect(lost).toEqual([])
}, 60_000)

test.runIf(process.platform === 'linux')(
  'a session that goes on after its server was killed does not hold up the next start',
  async () => {
    // given a session in the middle of a query, which does not look whether its server is still there
    const { url, password } = server
    const { port, pathname } = new URL(url)
    const busy = new pg.Client({
      host: '127.0.0.1',
      port: Number(port),
      user: 'shelfcast',
      database: pathname.slice(1),
      password,
    })
    busy.on('error', () => undefined)
    await busy.connect()
    const pid = (await busy.query('select pg_backend_pid() as pid')).rows[0].pid as number
    const query = busy.query('select count(*) from generate_series(1, 1e9::bigint)').catch(() => undefined)
    // when the first process alone is killed
    process.kill(server.pid, 'SIGKILL')
    await vi.waitUntil(() => !runs(server.pid))
    expect(runs(pid)).toBe(true)
    // then a start ends what is left
    await server.start()
    await query
    expect(runs(pid)).toBe(false)
  },
  60_000,
)

test('a kill while the folder is made leaves nothing that a start takes for one', async () => {
  // given what such a kill leaves
  const cluster = await open()
  mkdirSync(join(folder, 'new-abc', 'data', 'base'), { recursive: true })
  writeFileSync(join(folder, 'new-abc', 'data', 'PG_VERSION'), '18\n')
  // when
  await cluster.prepare()
  // then
  expect(readdirSync(folder)).toEqual(['data'])
  expect(readFileSync(join(cluster.data, 'PG_VERSION'), 'utf8')).toBe('18\n')
  // and a second time nothing is made anew
  const made = readFileSync(join(cluster.data, 'shelfcast.roles'), 'utf8')
  await cluster.prepare()
  expect(readFileSync(join(cluster.data, 'shelfcast.roles'), 'utf8')).toBe(made)
  // but another password is set
  await (await open('another')).prepare()
  expect(readFileSync(join(cluster.data, 'shelfcast.roles'), 'utf8')).not.toBe(made)
}, 60_000)

test('what an earlier version kept there is put aside, and said', async () => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'PG_VERSION'), '17\n')
  const { notes } = await open()
  expect(notes).toEqual([
    expect.stringMatching(/is not carried over: a model is trained anew.*operational\.old/),
  ])
  expect(readFileSync(join(`${folder}.old`, 'PG_VERSION'), 'utf8')).toBe('17\n')
  // and no second time over the first
  writeFileSync(join(folder, 'PG_VERSION'), '17\n')
  await expect(open()).rejects.toThrow(/both hold data of a version before this one.*Remove one of them/)
})

test('a folder of another PostgreSQL is named and not touched', async () => {
  const cluster = await open()
  mkdirSync(cluster.data)
  writeFileSync(join(cluster.data, 'PG_VERSION'), '16\n')
  await expect(cluster.prepare()).rejects.toThrow(/was written by PostgreSQL 16, and this is 18/)
  expect(readdirSync(cluster.data)).toEqual(['PG_VERSION'])
})

test.runIf(process.getuid?.() === 0)(
  'as root, data lies where the user of the server may go',
  async () => {
    // given a folder that only root may enter
    chmodSync(join(folder, '..'), 0o700)
    const cluster = await open()
    expect(cluster.notes).toEqual([
      expect.stringMatching(/^its data lies in \/var\/lib\/shelfcast\/operational-/),
    ])
    try {
      await cluster.prepare()
      const { command, args, environment, account, data } = cluster
      const child = spawn(command, args, {
        env: environment,
        ...account,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let output = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
      await vi.waitUntil(() => output.includes('ready to accept connections'), { timeout: 10_000 })
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGINT')
      expect(await exit).toBe(0)
      // and a later start goes to the same place
      expect((await open()).data).toBe(data)
      // which is seen to be ours, so that --fresh wipes it too
      expect(isElsewhere(folder)).toBe(true)
    } finally {
      rmSync(join(cluster.data, '..'), { recursive: true })
    }
  },
  60_000,
)
