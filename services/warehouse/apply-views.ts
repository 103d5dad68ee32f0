/** Views as their files say: what changed is replaced, and what has no file any more is dropped. */
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from './client.ts'
import { MIGRATIONS_PLACE, type ViewFile, withFile } from './schema.ts'
import {
  type FileRecord,
  isRecorded,
  recordFiles,
  recordOf,
  type StoredObject,
  storedObjects,
} from './stored-schema.ts'

/**
 * Replaces views of which the file, or what the engine keeps of it, is another than when it was applied, and those that
 * read one which is replaced.
 * @param all replaces every view, since a view keeps the columns that its tables had
 * @returns their files
 */
export async function applyViews(
  warehouse: Warehouse,
  log: Logger,
  views: readonly ViewFile[],
  stored: ReadonlyMap<string, StoredObject>,
  records: ReadonlyMap<string, FileRecord>,
  all: boolean,
): Promise<string[]> {
  const files = new Set(views.map(({ file }) => file))
  const goneFiles = [...records.keys()].filter((file) => file.startsWith('views/') && !files.has(file))
  for (const file of goneFiles) {
    const name = file.slice('views/'.length, -'.sql'.length)
    await warehouse.command({ query: `drop view if exists ${name} sync` })
    log.info({ view: name }, 'view dropped, which has no file any more')
  }
  const replaced = new Map<string, ViewFile>()
  for (const view of views) {
    const isAffected = [...view.sources].some((source) => replaced.has(source))
    if (!all && !isAffected && isRecorded(view, stored, records)) continue
    await replaceView(warehouse, view, stored.get(view.name))
    replaced.set(view.name, view)
    if (stored.has(view.name)) log.info({ view: view.name }, 'view replaced')
  }
  const current = replaced.size > 0 ? await storedObjects(warehouse) : stored
  await recordFiles(warehouse, [
    ...[...replaced.values()].map((view) => recordOf(view, current)),
    ...goneFiles.map((file) => ({ file, checksum: '', definition: '' })),
  ])
  return [...replaced.values()].map(({ file }) => file)
}

/**
 * A view that feeds a table gets its new query in place, so each insert sees the old one or the new one, and none sees
 * neither or both. What it fed before stays in its table as it is: `npm run rebuild` fills that anew. One that is
 * refreshed is made again and worked out at once.
 */
async function replaceView(
  warehouse: Warehouse,
  view: ViewFile,
  stored: StoredObject | undefined,
): Promise<void> {
  const { name, file, kind, target, statement, query } = view
  if (kind === 'plain') {
    const create = statement.replace(/^create view /, 'create or replace view ')
    await withFile(file, () => warehouse.command({ query: create }))
    return
  }
  if (stored && kind === 'feeding') {
    if (stored.target !== target)
      throw new Error(
        `${file} feeds ${target}, and the view in the database feeds ${stored.target || 'no table'}. Write a migration in ${MIGRATIONS_PLACE.folder} with "drop view if exists ${name}": the view is made anew after it, and has to be while nothing is loaded.`,
      )
    await withFile(file, () => warehouse.command({ query: `alter table ${name} modify query ${query}` }))
    return
  }
  if (stored) await warehouse.command({ query: `drop view if exists ${name} sync` })
  await withFile(file, () => warehouse.command({ query: statement }))
}
