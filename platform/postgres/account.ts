/** Whom PostgreSQL runs as. It refuses root, because whoever took it over would have the machine. */
import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Account {
  uid: number
  gid: number
}

/** initdb wants a user that the system has a name for; this one is on every Linux. */
const NOBODY: Account = { uid: 65_534, gid: 65_534 }

/** Where root keeps what that user must reach, when the folder that was asked for lies where only root may go. */
const REACHABLE = '/var/lib/shelfcast'

/** That folder, made when missing; every user may enter it. @throws when the system does not let us */
export function reachableFolder(): string {
  mkdirSync(REACHABLE, { recursive: true })
  // Also under a strict umask.
  chmodSync(REACHABLE, 0o755)
  return REACHABLE
}

/**
 * The account for the server and its files; undefined means our own.
 * @throws where we are root and may not become another user
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const fix = 'PostgreSQL refuses to run as root. Start Shelfcast as an ordinary user.'
  if (process.platform !== 'linux') throw new Error(fix)
  const { error } = spawnSync('true', [], { ...NOBODY })
  if (error) throw new Error(`This root may not become user ${NOBODY.uid} (${error.message}), and ${fix}`)
  return NOBODY
}

/** Whether the path is a link to a folder that was made there. */
export function isElsewhere(path: string): boolean {
  const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
  return link && dirname(readlinkSync(path)) === REACHABLE
}

/** Whether it may look up files in the folder, all folders above it included; asked as that user itself. */
export function mayEnter(folder: string, account: Account): boolean {
  return spawnSync('test', ['-x', folder], { ...account }).status === 0
}
