/** Where a stored table is not what its file says. */
import type { Warehouse } from './client.ts'
import { rowsOf } from './queries/rows.ts'
import type { TableFile } from './schema.ts'

/** Tables as their files say, empty, for as long as they are compared. */
const SCRATCH = 'shelfcast_as_written'

/**
 * Lets the engine make each table of its file beside the stored one, and compares what it keeps of the two: columns,
 * indices, projections, engine, keys, settings. Not the TTL, which retention gives, and not the order of columns.
 * @returns sentences for a person, by file
 */
export async function tableDifferences(
  warehouse: Warehouse,
  tables: readonly TableFile[],
): Promise<Map<string, string[]>> {
  await warehouse.command({ query: `drop database if exists ${SCRATCH} sync` })
  await warehouse.command({ query: `create database ${SCRATCH}` })
  try {
    for (const { name, statement } of tables)
      await warehouse.command({
        query: statement.replace(`create table ${name}`, `create table ${SCRATCH}.${name}`),
      })
    const rows = await rowsOf<{ name: string; stored: string; written: string }>(
      warehouse,
      `
      select
          name,
          formatQuery(anyIf(create_table_query, database = currentDatabase())) as stored,
          formatQuery(anyIf(create_table_query, database = {scratch:String})) as written
      from system.tables
      where database in (currentDatabase(), {scratch:String}) and name in {names:Array(String)}
      group by name`,
      { scratch: SCRATCH, names: tables.map(({ name }) => name) },
    )
    const definitions = new Map(rows.map((row) => [row.name, row]))
    return new Map(
      tables.flatMap(({ name, file }) => {
        const { stored, written } = definitions.get(name)!
        const sentences = differences(parts(stored), parts(written))
        return sentences.length > 0 ? [[file, sentences]] : []
      }),
    )
  } finally {
    await warehouse.command({ query: `drop database if exists ${SCRATCH} sync` })
  }
}

/** Lines of a formatted CREATE TABLE by what they define: `column x`, `INDEX y`, `ORDER BY`, ... */
function parts(definition: string): Map<string, string> {
  const lines = definition.split('\n').slice(1)
  return new Map(
    lines.flatMap((line) => {
      const text = line.trim().replace(/,$/, '')
      const column = /^`(\w+)`/.exec(text)?.[1]
      const part = column
        ? `column ${column}`
        : /^(?:(?:INDEX|PROJECTION) \S+|[A-Z]+(?: BY)?)/.exec(text)?.[0]
      return part === undefined || part === 'TTL' ? [] : [[part, text]]
    }),
  )
}

function differences(stored: ReadonlyMap<string, string>, written: ReadonlyMap<string, string>): string[] {
  return [...new Set([...stored.keys(), ...written.keys()])].flatMap((part) => {
    const [inTable, inFile] = [stored.get(part), written.get(part)]
    if (inTable === inFile) return []
    if (inTable === undefined) return [`${part} is in the file and not in the table: ${inFile}`]
    if (inFile === undefined) return [`${part} is in the table and not in the file: ${inTable}`]
    return [`${part} is ${inTable} in the table and ${inFile} in the file`]
  })
}
