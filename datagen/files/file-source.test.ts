import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { onlineRetail } from '../replay/online-retail.ts'
import type { SourceEvent } from '../source.ts'
import { createFileSource } from './file-source.ts'

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
const row = (invoice: string | number, code = '71053', quantity: string | number = 1) =>
  `${invoice},${code},LANTERN,${quantity},2010-12-01 08:26:00,3.39,17850.0,United Kingdom`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-file-source-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(content: string | Buffer, name = 'sales.csv'): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function eventsOf(path: string): Promise<SourceEvent[]> {
  const events: SourceEvent[] = []
  for await (const event of createFileSource(onlineRetail(path)).events()) events.push(event)
  return events
}

const messageOf = (event: SourceEvent | undefined) => JSON.parse(event!.value.toString())

test('gzipped and plain files give the same bytes', async () => {
  const text = [HEADER, row(1), row(2), ''].join('\n')
  const plain = await eventsOf(write(text))
  const zipped = await eventsOf(write(gzipSync(text), 'sales.csv.gz'))
  expect(plain.map(({ value }) => value.toString())).toEqual(zipped.map(({ value }) => value.toString()))
  expect(plain).toHaveLength(2)
})

test('a basket whose rows are torn apart is one message', async () => {
  const events = await eventsOf(write([HEADER, row(1), row(2), row(1, '22423'), ''].join('\n')))
  expect(events.map(({ lines }) => lines)).toEqual([2, 1])
  expect(messageOf(events[0]).lines.map((line: { sku: string }) => line.sku)).toEqual([
    'OR-71053',
    'OR-22423',
  ])
})

test('rows that cannot be mapped go as they are, and each row is in one message', async () => {
  const rows = [row(1, '71053', 'six'), row(1), '9,short', `${row(2)},too,long`, row(3, ' ')]
  const events = await eventsOf(write([HEADER, ...rows, ''].join('\n')))
  const raw = events.map(messageOf).filter((value) => !('basket_id' in value))
  expect(events.reduce((sum, { lines }) => sum + lines, 0)).toBe(rows.length)
  expect(raw).toHaveLength(4)
  expect(raw[0]).toMatchObject({ InvoiceNo: '1', Quantity: 'six' })
  expect(raw[1]).toMatchObject({ InvoiceNo: '9', StockCode: 'short', Country: '' })
  expect(raw[2]).toMatchObject({ column_9: 'too', column_10: 'long' })
  // Their time is that of the rows around them, so that pacing does not wait for 1970.
  expect(new Set(events.map(({ event_time }) => event_time)).size).toBe(1)
})

test('a basket past the limit of a message is cut', async () => {
  const rows = Array.from({ length: 5_001 }, (_, index) => row(1, String(10_000 + index)))
  const events = await eventsOf(write([HEADER, ...rows, ''].join('\n')))
  expect(events.map(({ lines }) => lines)).toEqual([5_000, 1])
  expect(events[0]!.value.length).toBeLessThan(1_000_000)
})

test.each([
  ['', 'the file is empty'],
  [`${HEADER}\n`, 'it has no rows'],
  ['a,b\n1,2\n', 'no column "InvoiceNo", "StockCode"'],
  [`${HEADER}\n${row(1, '71053', 'six')}\n`, 'none of its 1 rows could be read'],
])('a file like %j is refused with what was found', async (text, message) => {
  await expect(eventsOf(write(text))).rejects.toThrow(message)
})

test('a missing and a damaged file are refused by name', async () => {
  await expect(eventsOf(join(folder, 'nowhere.csv'))).rejects.toThrow('nowhere.csv: no such file')
  const damaged = gzipSync([HEADER, row(1), ''].join('\n')).subarray(0, 60)
  await expect(eventsOf(write(damaged, 'damaged.gz'))).rejects.toThrow('damaged.gz: the gzip data is damaged')
})
