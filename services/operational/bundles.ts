/** Files of the models in the object store: models/<model>/<version>/ of the features bucket. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  MODEL_MANIFEST_NAME,
  MODELS_PREFIX,
  type ModelFile,
  ModelManifest,
} from '@shelfcast/contracts/manifest'
import type { Lake } from '@shelfcast/runtime/lake'
import { Value } from 'typebox/value'

const ZONE = 'features'

/** Folder of a version, with a slash at its end. */
export function bundlePrefix({ model, version }: Pick<ModelManifest, 'model' | 'version'>): string {
  return `${MODELS_PREFIX}${model}/${version}/`
}

/**
 * Uploads the files that the manifest names from a folder, and the manifest last: where it is, all is. The same bundle
 * again changes nothing.
 * @returns the prefix
 * @throws when a file is not what the manifest says, or when the version is there with another manifest
 */
export async function saveBundle(lake: Lake, folder: string, manifest: ModelManifest): Promise<string> {
  const prefix = bundlePrefix(manifest)
  for (const file of manifest.files) {
    const bytes = await readFile(join(folder, file.name))
    refuseOther(bytes, file, join(folder, file.name), 'Export the model again.')
    if ((await writtenBefore(lake, `${prefix}${file.name}`, bytes)) === 'other')
      throw new Error(
        `${prefix}${file.name} is in the object store with other content. Give the new model a version of its own.`,
      )
  }
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  if ((await writtenBefore(lake, `${prefix}${MODEL_MANIFEST_NAME}`, text)) === 'other')
    throw new Error(
      `${prefix} is in the object store with another manifest. Give the new model a version of its own.`,
    )
  return prefix
}

/** @throws when there is none, or when it is not one of ours */
export async function readBundleManifest(lake: Lake, prefix: string): Promise<ModelManifest> {
  const name = `${prefix}${MODEL_MANIFEST_NAME}`
  const manifest: unknown = JSON.parse((await lake.read(ZONE, name)).toString('utf8'))
  if (Value.Check(ModelManifest, manifest)) return manifest
  const [first] = Value.Errors(ModelManifest, manifest)
  throw new Error(
    `${name} is not a manifest: ${first?.instancePath || 'it'} ${first?.message}. Register the model again.`,
  )
}

/** @throws when the object is not what the manifest says */
export async function readBundleFile(lake: Lake, prefix: string, file: ModelFile): Promise<Buffer> {
  const bytes = await lake.read(ZONE, `${prefix}${file.name}`)
  refuseOther(bytes, file, `${prefix}${file.name}`, 'Register the model again under another version.')
  return bytes
}

function refuseOther(bytes: Buffer, file: ModelFile, where: string, fix: string): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 === file.sha256 && bytes.length === file.bytes) return
  throw new Error(
    `${where} has ${bytes.length} bytes with the checksum ${sha256.slice(0, 12)}; the manifest says ${file.bytes} bytes, ${file.sha256.slice(0, 12)}. ${fix}`,
  )
}

async function writtenBefore(lake: Lake, name: string, bytes: Buffer): Promise<'no' | 'same' | 'other'> {
  if (await lake.create(ZONE, name, bytes)) return 'no'
  return (await lake.read(ZONE, name)).equals(bytes) ? 'same' : 'other'
}
