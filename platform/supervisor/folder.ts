/** The data folder of a stack: whose it is, and who runs on it. */
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { serverAccount } from '../postgres/account.ts'
import { type Identity, isAlive } from '../processes/identity.ts'
import { readJson } from '../state/files.ts'
import { layout } from '../state/layout.ts'

/** @returns who runs on the folder, and what to do; undefined when nobody does */
export function heldBy(dataDir: string): string | undefined {
  const holder = readJson(layout(dataDir).lock) as Identity | undefined
  return holder && isAlive(holder) ? heldText(dataDir, holder.pid) : undefined
}

export function refuseIfHeld(dataDir: string): void {
  const fault = heldBy(dataDir)
  if (fault !== undefined) throw new Error(fault)
}

export function heldText(dataDir: string, pid: number): string {
  return (
    `Shelfcast already runs on ${dataDir} (process ${pid}). Stop it with Ctrl-C there or kill ${pid}, ` +
    'or start another with --data DIR --ports free.'
  )
}

/** Makes the folder, which nobody else may read; refuses one that holds something else. */
export function ownFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true })
  const foreign = foreignFile(dataDir)
  if (foreign !== undefined) {
    throw new Error(
      `${dataDir} holds "${foreign}" and no Shelfcast data. Choose an empty or new folder with --data DIR.`,
    )
  }
  // As root, the operational store runs as another user, who has to get to its own folder within, and sees no names.
  const account = serverAccount()
  if (account) chownSync(dataDir, statSync(dataDir).uid, account.gid)
  chmodSync(dataDir, account ? 0o710 : 0o700)
}

/** Name of a file that shows that the folder is not a stack's, or undefined. */
export function foreignFile(dataDir: string): string | undefined {
  if (existsSync(layout(dataDir).secrets)) return undefined
  const ownNames = /^(tools|supervisor\.lock.*)$/
  return existsSync(dataDir) ? readdirSync(dataDir).find((name) => !ownNames.test(name)) : undefined
}
