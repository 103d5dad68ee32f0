/** Wipes the data of a stack. */
import { readlinkSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { isElsewhere } from '../../postgres/account.ts'
import { endLeftovers } from '../../processes/orphans.ts'
import { layout } from '../../state/layout.ts'
import { foreignFile } from '../../supervisor/folder.ts'

/**
 * Asks first, and does it.
 * @param yes does not ask
 * @returns false when the person said no
 */
export async function wipe(dataDir: string, yes: boolean): Promise<boolean> {
  const foreign = foreignFile(dataDir)
  if (foreign !== undefined) {
    throw new Error(
      `${dataDir} holds "${foreign}" and no Shelfcast data, so --fresh does not touch it. Check --data.`,
    )
  }
  if (!yes) {
    if (!process.stdin.isTTY) throw new Error('--fresh asks first, and there is no terminal. Add --yes.')
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    const answer = await terminal.question(`Delete all data of Shelfcast in ${dataDir}? (yes/no) `)
    terminal.close()
    if (!/^y(es)?$/i.test(answer.trim())) {
      process.stdout.write('Nothing was deleted.\n')
      return false
    }
  }
  await endLeftovers(layout(dataDir).processes)
  // Only what a stack writes: the tools may lie in the same folder.
  for (const path of Object.values(layout(dataDir))) {
    // As root, the operational store may lie elsewhere.
    if (isElsewhere(path)) rmSync(readlinkSync(path), { recursive: true, force: true })
    rmSync(path, { recursive: true, force: true })
  }
  return true
}
