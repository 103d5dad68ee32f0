/** Migrations of a store: files NNNN_name.sql, in order, and what of them is left to apply. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

export interface MigrationFile {
  /** File name. */
  name: string
  /** SHA-256 of the file, hexadecimal. */
  checksum: string
  sql: string
}

/** The migrations of a folder in order. @throws when a name is out of form, or two have one number */
export function readMigrationFiles(folder: URL): MigrationFile[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const numbers = new Map<string, string>()
  return names.map((name) => {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]
    if (!number)
      throw new Error(
        `Migration ${name} is not named like 0001_what_it_does.sql. Rename it: the number is its place.`,
      )
    const other = numbers.get(number)
    if (other)
      throw new Error(`Migrations ${other} and ${name} have the same number. Give the newer one the next.`)
    numbers.set(number, name)
    const bytes = readFileSync(new URL(name, folder))
    return {
      name,
      checksum: createHash('sha256').update(bytes).digest('hex'),
      sql: bytes.toString('utf8'),
    }
  })
}

/**
 * What is left to apply, in order.
 * @param applied checksums by name, as the store recorded them
 * @param place the store, and the folder of its files, as people name them
 * @throws when an applied file is gone or was edited
 */
export function pendingMigrations<File extends Pick<MigrationFile, 'name' | 'checksum'>>(
  files: readonly File[],
  applied: ReadonlyMap<string, string>,
  place: { store: string; folder: string },
): File[] {
  const names = new Set(files.map(({ name }) => name))
  for (const name of applied.keys()) {
    if (!names.has(name))
      throw new Error(
        `Migration ${name} was applied to ${place.store}, but its file is not in ${place.folder}. Use a version of Shelfcast that has it, or begin with fresh data.`,
      )
  }
  for (const { name, checksum } of files) {
    const recorded = applied.get(name)
    if (recorded !== undefined && recorded !== checksum)
      throw new Error(
        `Migration ${name} was applied with the checksum ${recorded.slice(0, 12)}, and its file now has ${checksum.slice(0, 12)}. Take the edit back and put it into a new migration, or begin with fresh data.`,
      )
  }
  return files.filter(({ name }) => !applied.has(name))
}
