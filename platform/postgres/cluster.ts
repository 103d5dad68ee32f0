/**
 * The data folder of the operational store's PostgreSQL, and how the server on it is run. Roles are set up before the
 * server listens, by the same program without a network: its superuser has no password, and nobody can sign in as it.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Account, mayEnter, reachableFolder, serverAccount } from './account.ts'
import { clearLeftovers, killLeftovers } from './leftovers.ts'

/** Its name, and that of the database that it works from. */
const SUPERUSER = 'postgres'
/** As the package has it: a folder of another one is not readable. */
const VERSION = '18'

/**
 * After a kill the server has its folder written to disk before it goes on. By one call where the system has it: file by
 * file that took 1 to 2.5 s on a busy machine, and so 0.2 to 0.7.
 */
const SYNC = process.platform === 'linux' ? ['-c', 'recovery_init_sync_method=syncfs'] : []

const CONFIGURATION = fileURLToPath(new URL('../../infra/postgres/', import.meta.url))
const configuration = (name: string) => readFileSync(join(CONFIGURATION, name), 'utf8')

export interface Cluster {
  /** The server's folder. */
  data: string
  /** Command that runs the server. */
  command: string
  args: readonly string[]
  environment: Record<string, string>
  account: Account | undefined
  /** What a person should know about the folder; empty when all is as usual. */
  notes: string[]
  /** Makes the data folder where there is none, and what else is due before each start. */
  prepare(): Promise<void>
  /** Ends what a killed server left. */
  sweep(): void
}

/** How a server is stopped: it ends its sessions. On SIGTERM it would wait until they end by themselves. */
export const STOP_SIGNAL = 'SIGINT'

/**
 * @param options.folder made when missing; one server at a time, which the caller sees to
 * @param options.binaries as copyBinaries made it
 */
export function openCluster(options: {
  folder: string
  binaries: string
  port: number
  password: string
}): Cluster {
  const account = serverAccount()
  const notes: string[] = []
  const moved = moveOldData(options.folder)
  if (moved) notes.push(moved)
  const folder = ownFolder(options.folder, account, notes)
  const data = join(folder, 'data')
  const program = (name: string) => join(options.binaries, 'bin', name)
  // LC_ALL: without it, macOS starts threads for the locale, which PostgreSQL refuses.
  const environment = { PATH: process.env.PATH ?? '', LC_ALL: 'C' }
  const tool = (name: string, args: readonly string[], input = '') =>
    runTool(program(name), args, { environment, account, cwd: folder, input })

  /** SQL by the server itself, without a network. It stops at the first error. */
  const execute = (target: string, sql: string) =>
    tool('postgres', ['--single', '-D', target, '-j', '-c', 'exit_on_error=on', SUPERUSER], sql)

  /** In a folder of its own and then renamed: a kill leaves all of it or nothing. */
  async function create() {
    for (const name of readdirSync(folder).filter((each) => each.startsWith('new-')))
      rmSync(join(folder, name), { recursive: true, force: true })
    const fresh = mkdtempSync(join(folder, 'new-'))
    if (account) chownSync(fresh, account.uid, account.gid)
    const target = join(fresh, 'data')
    // Texts compare alike on every system: this locale is the server's own, not the system's.
    const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    await tool('initdb', [
      '-D',
      target,
      '-U',
      SUPERUSER,
      '--encoding=UTF8',
      ...locale,
      '--data-checksums',
      '--auth=reject',
      '--no-instructions',
    ])
    await setRoles(target, configuration('create.sql'))
    renameSync(target, data)
    syncFolder(folder)
    rmSync(fresh, { recursive: true, force: true })
  }

  /** Only where rights or password are others than those that the folder has. */
  async function setRoles(target: string, preamble = '') {
    const sql = `${configuration('roles.sql')}\nalter role shelfcast password ${literal(options.password)};\n\n`
    const digest = createHash('sha256').update(sql).digest('hex')
    const mark = join(target, 'shelfcast.roles')
    if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return
    await execute(target, `${preamble}\n${sql}`)
    put(mark, digest)
  }

  function put(path: string, text: string) {
    writeFileSync(path, text, { mode: 0o600 })
    if (account) chownSync(path, account.uid, account.gid)
  }

  return {
    data,
    command: program('postgres'),
    args: ['-D', data, '-p', String(options.port), ...SYNC],
    environment,
    account,
    notes,
    async prepare() {
      await clearLeftovers(data)
      if (!existsSync(data)) await create()
      refuseOther(data, account)
      for (const name of ['postgresql.conf', 'pg_hba.conf']) put(join(data, name), configuration(name))
      await setRoles(data)
    },
    sweep: () => void killLeftovers(data),
  }
}

/**
 * The folder for the account, and as the account reaches it.
 * @throws when it holds data and may not be entered
 */
function ownFolder(folder: string, account: Account | undefined, notes: string[]): string {
  if (isLink(folder) && !existsSync(folder))
    throw new Error(
      `${folder} is a link to a folder that is not there. Bring that back, or remove the link to begin with an empty store.`,
    )
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!account) return realpathSync(folder)
  const own = (path: string) => chownSync(path, account.uid, account.gid)
  if (statSync(folder).uid === 0) own(folder)
  const real = realpathSync(folder)
  if (mayEnter(real, account)) return real
  if (readdirSync(real).length > 0)
    throw new Error(
      `PostgreSQL runs as user ${account.uid}, because it refuses root, and that user may not enter ${real}. Let it with chmod o+x on each folder above, or start as an ordinary user.`,
    )
  try {
    const elsewhere = mkdtempSync(join(reachableFolder(), 'operational-'))
    own(elsewhere)
    if (!mayEnter(elsewhere, account))
      throw new Error(`user ${account.uid} may not enter ${elsewhere} either`)
    rmdirSync(folder)
    symlinkSync(elsewhere, folder)
    notes.push(
      `its data lies in ${elsewhere}: PostgreSQL refuses to run as root, and user ${account.uid} may not enter ${dirname(real)}`,
    )
    return elsewhere
  } catch (error) {
    throw new Error(
      `PostgreSQL runs as user ${account.uid}, because it refuses root, and that user may not enter ${real} (${(error as Error).message}). Let it with chmod o+x on each folder above, or start as an ordinary user.`,
    )
  }
}

/**
 * Versions of Shelfcast before this one kept PGlite's files here, which PostgreSQL cannot open.
 * @returns what was done with them
 */
function moveOldData(folder: string): string | undefined {
  if (!existsSync(join(folder, 'PG_VERSION'))) return undefined
  const aside = `${folder}.old`
  if (existsSync(aside))
    throw new Error(
      `${folder} and ${aside} both hold data of a version before this one, which PostgreSQL cannot open. Remove one of them.`,
    )
  renameSync(folder, aside)
  return `what an earlier version kept here (registry of models, runs, alerts) is not carried over: a model is trained anew. The old files are in ${aside}; remove them when you like`
}

function refuseOther(data: string, account: Account | undefined): void {
  const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (version !== VERSION)
    throw new Error(
      `${data} was written by PostgreSQL ${version}, and this is ${VERSION}. Start the version of Shelfcast that wrote it and copy what you need (pg_dump), or move the folder away to begin with an empty store.`,
    )
  const owner = statSync(data).uid
  const user = account?.uid ?? process.getuid?.()
  if (user !== undefined && owner !== user)
    throw new Error(
      `${data} belongs to user ${owner}, and PostgreSQL would run as user ${user}. Start Shelfcast as the user that made it, or give it away: chown -R ${user} ${data}`,
    )
}

interface ToolOptions {
  environment: Record<string, string>
  account: Account | undefined
  cwd: string
  input: string
}

/** @throws the end of what it said, when it fails */
async function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<void> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.environment,
    ...options.account,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-2_000)
    })
  }
  // It may end before it has read all; how it ended says more.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input)
  const how = await new Promise<number | string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  if (how !== 0) throw new Error(`${command} ended with ${how}:\n${output.trim()}`)
}

/** A rename is kept over a power cut when its folder is written. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/** A text as SQL. A line break would end the statement early. */
function literal(text: string): string {
  if (/[\n\r\0\\]/.test(text))
    throw new Error('The password of the operational store holds a line break or a backslash.')
  return `'${text.replaceAll("'", "''")}'`
}
