import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lake } from '@shelfcast/runtime/lake'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { manifestOf } from '../../test/operational/store.ts'
import { readBundleFile, readBundleManifest, saveBundle } from './bundles.ts'

const PREFIX = 'models/demand/v1/'
let folder: string
let objects: Map<string, Buffer>
let lake: Lake

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-bundle-'))
  objects = new Map()
  lake = {
    async create(_zone: string, name: string, body: Uint8Array) {
      if (objects.has(name)) return false
      objects.set(name, Buffer.from(body))
      return true
    },
    read: async (_zone: string, name: string) => objects.get(name)!,
  } as unknown as Lake
})
afterEach(() => rmSync(folder, { recursive: true }))

function bundle(files: Record<string, string>) {
  return manifestOf({
    files: Object.entries(files).map(([name, text]) => {
      writeFileSync(join(folder, name), text)
      return { name, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }
    }),
  })
}

test('files and then the manifest go up, and come back as they were', async () => {
  const manifest = bundle({ 'mean.onnx': 'weights', 'trees.json': '{}' })
  expect(await saveBundle(lake, folder, manifest)).toBe(PREFIX)
  expect([...objects.keys()]).toEqual([`${PREFIX}mean.onnx`, `${PREFIX}trees.json`, `${PREFIX}manifest.json`])
  expect(await readBundleManifest(lake, PREFIX)).toEqual(manifest)
  expect(String(await readBundleFile(lake, PREFIX, manifest.files[0]!))).toBe('weights')
  // and once more, as after a crash
  objects.delete(`${PREFIX}manifest.json`)
  expect(await saveBundle(lake, folder, manifest)).toBe(PREFIX)
  expect(await saveBundle(lake, folder, manifest)).toBe(PREFIX)
})

test('a file that is not what the manifest says is refused on both ways', async () => {
  const manifest = bundle({ 'mean.onnx': 'weights' })
  writeFileSync(join(folder, 'mean.onnx'), 'weight')
  await expect(saveBundle(lake, folder, manifest)).rejects.toThrow(
    /mean\.onnx has 6 bytes with the checksum [0-9a-f]{12}; the manifest says 7 bytes, [0-9a-f]{12}\. Export the model again\./,
  )
  expect(objects.size).toBe(0)
  await saveBundle(lake, folder, bundle({ 'mean.onnx': 'weights' }))
  objects.set(`${PREFIX}mean.onnx`, Buffer.from('weightz'))
  await expect(readBundleFile(lake, PREFIX, manifest.files[0]!)).rejects.toThrow(
    /models\/demand\/v1\/mean\.onnx has 7 bytes with the checksum .* Register the model again under another version\./,
  )
})

test('a version is never written over', async () => {
  await saveBundle(lake, folder, bundle({ 'mean.onnx': 'weights' }))
  await expect(saveBundle(lake, folder, bundle({ 'mean.onnx': 'others!' }))).rejects.toThrow(
    /mean\.onnx is in the object store with other content/,
  )
  await expect(saveBundle(lake, folder, { ...bundle({ 'mean.onnx': 'weights' }), seed: 2 })).rejects.toThrow(
    /is in the object store with another manifest/,
  )
})

test('what is not a manifest is named', async () => {
  objects.set(`${PREFIX}manifest.json`, Buffer.from(JSON.stringify({ ...manifestOf(), seed: 'one' })))
  await expect(readBundleManifest(lake, PREFIX)).rejects.toThrow(
    /models\/demand\/v1\/manifest\.json is not a manifest: \/seed must be integer/,
  )
})
