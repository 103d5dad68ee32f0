import { Check } from 'typebox/value'
import { expect, test } from 'vitest'
import { HOP_KINDS, parseReceipt, RECEIPT_PARTS, ReceiptId, receiptId } from './receipts.ts'

const IDS = [
  'order~S-01~PO:2026-12-02.S-01:7~3',
  'plan~2026-12-02-17~S-01~P-1000',
  'forecast~S-01~P-1000~2026-12-01~baseline:moving_average',
  'features~0123456789ab~S-01~P-1000~2026-12-01~28',
  'window~S-01~P-1000~2026-12-01',
  'day~S-01~P-1000~2026-12-01',
  'block~inventory-updates~1~5~120000',
  'basket~S-01~2F95C0-AOYV-B3',
  'scan~S-01~2F95C0-AOYV-B3~1',
  'line~sales-transactions~0~4~19~1',
  'uses~S-01~P-1000~2026-12-01',
  'orders~S-01~P-1000~2026-12-01',
]

test('an id of each kind is read and written the same', () => {
  expect(IDS.map((id) => id.slice(0, id.indexOf('~')))).toEqual(HOP_KINDS)
  for (const id of IDS) {
    const receipt = parseReceipt(id)!
    expect(Check(ReceiptId, id)).toBe(true)
    expect(Object.keys(receipt).sort()).toEqual(['kind', ...RECEIPT_PARTS[receipt.kind]].sort())
    expect(receiptId(receipt.kind, receipt as never)).toBe(id)
  }
})

test.each([
  '',
  'order',
  'order~S-01~PO-1',
  'order~S-01~PO-1~x',
  'order~S-01~PO-1~1~2',
  'basket~S-01~',
  'basket~-S~B1',
  'basket~S-01~B 1',
  `basket~S-01~${'B'.repeat(65)}`,
  'day~S-01~P-1~2026-02-30',
  'day~S-01~P-1~2026-13-01',
  'window~S-01~P-1~0000-00-00',
  'features~0123456789AB~S-01~P-1000~2026-12-01~1',
  'features~0123456789ab~S-01~P-1000~2026-12-01~29',
  'line~dead-letter~0~0~1~1',
  'line~sales-transactions~0~0~-1~1',
  'line~sales-transactions~0~0~9999999999999999~1',
  'line~sales-transactions~0~9999999999~1~1',
  'basket~S-01~B1\n',
])('"%s" names nothing', (id) => {
  expect(parseReceipt(id)).toBeUndefined()
})

test('a name that has no place in an id gives none', () => {
  expect(receiptId('plan', { plan: 'of a person', store_id: 'S1', sku: 'P1' })).toBeNull()
  expect(receiptId('basket', { store_id: 'S~1', basket_id: 'B1' })).toBeNull()
})
