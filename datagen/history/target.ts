/** Where a history goes: a folder, or a bucket of an object store. It is there as a whole, or not at all. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { HistoryTable } from '@shelfcast/contracts/datasets/history-tables'
import { MANIFEST_FILE } from '@shelfcast/contracts/datasets/layout'
import type { Lake } from '@shelfcast/runtime/lake'

/** Rows of a table as Parquet. */
export interface NewRows {
  table: HistoryTable
  rows: number
  body: Uint8Array
}

export interface NewObject extends NewRows {
  /** Inside the dataset. */
  name: string
}

export interface Target {
  /** As a person writes it. */
  place: string
  /** Makes room. @throws when a history is there and must not be replaced */
  begin(): Promise<void>
  put(name: string, body: Uint8Array): Promise<void>
  /** Writes the manifest: from now on the history is there. */
  finish(manifest: Uint8Array): Promise<void>
}

/** Files are written beside the folder, which takes its name when all are there. */
export function folderTarget(out: string, dataset: string, overwrite: boolean): Target {
  const folder = join(out, dataset)
  const partial = `${folder}.partial`
  return {
    place: folder,
    async begin() {
      await refuse(folder, existsSync(folder), overwrite)
      if (
        existsSync(folder) &&
        !existsSync(join(folder, MANIFEST_FILE)) &&
        (await readdir(folder)).length > 0
      ) {
        throw new Error(`${folder} holds files and no history. Choose another --out, or remove them.`)
      }
      await rm(partial, { recursive: true, force: true })
      await mkdir(partial, { recursive: true })
    },
    async put(name, body) {
      const path = join(partial, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, body)
    },
    async finish(manifest) {
      await writeFile(join(partial, MANIFEST_FILE), manifest)
      await rm(folder, { recursive: true, force: true })
      await rename(partial, folder)
    },
  }
}

/** The manifest is the last object; what an unfinished history left is removed by the next one. */
export function bucketTarget(
  client: Lake['client'],
  options: { bucket: string; folder: string; overwrite: boolean },
): Target {
  const { bucket, folder, overwrite } = options
  const place = `s3://${bucket}/${folder}`
  const put = async (name: string, body: Uint8Array) => {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    await client.putObject(bucket, `${folder}/${name}`, bytes, bytes.byteLength)
  }
  return {
    place,
    async begin() {
      if (!(await client.bucketExists(bucket))) {
        throw new Error(`There is no bucket "${bucket}". Create it, or write to --out s3 (the raw zone).`)
      }
      const names: string[] = []
      for await (const { name } of client.listObjectsV2(bucket, `${folder}/`, true))
        if (name) names.push(name)
      await refuse(place, names.includes(`${folder}/${MANIFEST_FILE}`), overwrite)
      // The manifest first: without it nobody takes the rest for a history.
      for (const name of names.sort((a) => (a.endsWith(MANIFEST_FILE) ? -1 : 1))) {
        await client.removeObject(bucket, name)
      }
    },
    put,
    finish: (manifest) => put(MANIFEST_FILE, manifest),
  }
}

async function refuse(place: string, exists: boolean, overwrite: boolean): Promise<void> {
  if (!exists || overwrite) return
  throw new Error(`${place} is there already. Add --overwrite to replace it, or choose another --out.`)
}
