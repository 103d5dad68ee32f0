/** What the database has, and what it says of the schema files that were applied to it. */
import type { Warehouse } from './client.ts'
import { rowsOf } from './queries/rows.ts'
import type { TableFile } from './schema.ts'

export interface StoredObject {
  name: string
  /** Hash of the definition, without the TTL, which retention gives. */
  definition: string
  /** Table that a view adds to; empty when none. */
  target: string
}

/** Tables and views of the database by name. */
export async function storedObjects(warehouse: Warehouse): Promise<Map<string, StoredObject>> {
  const objects = await rowsOf<StoredObject>(
    warehouse,
    `
    select
        name,
        lower(hex(sipHash128(replaceRegexpOne(create_table_query, ' TTL .+?( SETTINGS |$)', '\\\\1')))) as definition,
        extract(create_table_query, '^CREATE MATERIALIZED VIEW \\\\S+ TO [^ .]+\\\\.(\\\\w+) ') as target
    from system.tables
    where database = currentDatabase()`,
  )
  return new Map(objects.map((object) => [object.name, object]))
}

export interface FileRecord {
  file: string
  checksum: string
  definition: string
}

export async function recordedFiles(warehouse: Warehouse): Promise<Map<string, FileRecord>> {
  const records = await rowsOf<FileRecord>(
    warehouse,
    `select file, checksum, definition from schema_files final where checksum != ''`,
  )
  return new Map(records.map((record) => [record.file, record]))
}

export async function recordFiles(warehouse: Warehouse, records: readonly FileRecord[]): Promise<void> {
  if (records.length === 0) return
  await warehouse.insert({
    table: 'schema_files',
    values: records,
    columns: ['file', 'checksum', 'definition'],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

export function isRecorded(
  { name, file, checksum }: TableFile,
  stored: ReadonlyMap<string, StoredObject>,
  records: ReadonlyMap<string, FileRecord>,
): boolean {
  const [object, record] = [stored.get(name), records.get(file)]
  return record?.checksum === checksum && record.definition === object?.definition
}

export function recordOf(
  { name, file, checksum }: TableFile,
  stored: ReadonlyMap<string, StoredObject>,
): FileRecord {
  return { file, checksum, definition: stored.get(name)!.definition }
}
