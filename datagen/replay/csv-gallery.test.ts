import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Basket, netAmount } from '@shelfcast/contracts/events'
import { Compile } from 'typebox/compile'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { GALLERY, GALLERY_MAPPING, type GalleryFile } from '../../test/datagen/csv-gallery.ts'
import { openCsv } from './csv.ts'
import { dryRun } from './csv-dry-run.ts'

/** What the gate holds messages against. */
const schema = Compile(Basket)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-gallery-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function open({ file, map = '' }: GalleryFile) {
  const path = join(folder, 'gallery.csv')
  const mapPath = join(folder, 'map.yaml')
  writeFileSync(path, file)
  writeFileSync(mapPath, stringify({ ...parse(GALLERY_MAPPING), ...parse(map) }))
  return openCsv(path, mapPath)
}

/** What goes to Kafka, in the order of the receipts. */
async function sent(file: GalleryFile) {
  const lines: string[] = []
  const refused: string[] = []
  let rows = 0
  for await (const event of open(file).events()) {
    const message = JSON.parse(event.value.toString()) as Basket & { _refused?: string }
    rows += event.lines
    expect(event.value.length).toBeLessThan(900_000)
    expect(schema.Check(message)).toBe(message._refused === undefined)
    if (message._refused !== undefined) {
      refused.push(message._refused)
      continue
    }
    for (const line of message.lines) {
      const net = message.kind === 'return' ? -netAmount(line) : netAmount(line)
      const time = line.scanned_at.slice(0, 16)
      lines.push(`${message.basket_id} ${line.sku} ${line.quantity} ${net} ${time} ${message.store_id}`)
    }
  }
  return { lines, refused, rows }
}

test.each(GALLERY)('$name', async (file) => {
  if (file.error !== undefined) {
    await expect(dryRun(open(file))).rejects.toThrow(file.error)
    return
  }
  const { text, summary } = await dryRun(open(file))
  const { lines, refused, rows } = await sent(file)
  expect(lines.sort()).toEqual([...(file.lines ?? [])].sort())
  expect(refused).toEqual((file.refused ?? []).map((part) => expect.stringContaining(part)))
  for (const part of file.says ?? []) expect(text).toContain(part)

  // What the dry run counts is what is sent, each row once.
  expect(summary.rows).toBe(rows)
  expect(summary.lines).toBe(lines.length)
  expect(summary.refused.reduce((sum, group) => sum + group.rows, 0)).toBe(refused.length)
  expect(summary.lines + refused.length).toBe(rows)
})
