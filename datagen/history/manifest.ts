/** Where a run's history stands in the lake, and which history is in force. */
import { HISTORIES, HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { HISTORY_CHOICE, type HistoryChoice } from '@shelfcast/contracts/datasets/history-choice'
import { MANIFEST_FILE, seriesFolder, snapshotName } from '@shelfcast/contracts/datasets/layout'
import type { Lake } from '@shelfcast/runtime/lake'
import { Compile } from 'typebox/compile'
import type { Run } from '../director/run.ts'
import { TWIN_SOURCE } from '../world/reference.ts'

const validator = Compile(HistoryManifest)

/** Folder of a run's history in the raw zone, with its slash. */
export const historyFolder = (run: Run) => seriesFolder(HISTORIES.kind, TWIN_SOURCE, run.id)

/** The manifest of a run's history, or undefined when that is not finished. */
export async function readManifest(lake: Lake, run: Run): Promise<HistoryManifest | undefined> {
  const name = `${historyFolder(run)}${MANIFEST_FILE}`
  if (!(await lake.metadata('raw', name))) return undefined
  const manifest: unknown = JSON.parse((await lake.read('raw', name)).toString('utf8'))
  if (validator.Check(manifest)) return manifest
  const [fault] = validator.Errors(manifest)
  throw new Error(
    `Object raw/${name} is no manifest of a history: ${fault?.instancePath} ${fault?.message}. Delete the folder to write it anew.`,
  )
}

/** Says that the history of a run is in force. Nothing is written when that is said already. */
export async function chooseHistory(lake: Lake, run: Run): Promise<void> {
  const name = snapshotName(HISTORY_CHOICE, TWIN_SOURCE)
  const choice: HistoryChoice = { dataset: run.id }
  const text = `${JSON.stringify(choice)}\n`
  const last = (await lake.metadata('raw', name)) && (await lake.read('raw', name)).toString('utf8')
  if (last !== text) await lake.put('raw', name, Buffer.from(text))
}
