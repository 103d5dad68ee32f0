import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelManifest } from '@shelfcast/contracts/manifest'

/** The manifest of a model's folder. */
export async function manifestOf(folder: string): Promise<ModelManifest> {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ModelManifest
}
