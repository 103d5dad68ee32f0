import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isLine } from '../files/file-source.ts'
import { csv, openCsv } from './csv.ts'
import { readMapping } from './csv-mapping.ts'

const MAPPING = `source: corner-shop
prefix: CS-
basket: receipt
sku: article
name: title
quantity: pieces
price: { column: amount, of: line, in: decimal }
time: { column: when, format: dd/MM/yyyy HH:mm, zone: Europe/Paris }
store: { value: main }
currency: { value: EUR }
customer: card
returns: { column: type, equals: R }
numbers: { decimal: '.' }
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-csv-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function mappingOf(text = MAPPING) {
  const { map } = csv('unused.csv', readMapping(write('map.yaml', text)))
  return {
    map(row: Record<string, string>) {
      const judgement = map(row)
      return isLine(judgement) ? judgement : undefined
    },
  }
}
const cells = (overrides = {}) => ({
  receipt: '17',
  article: 'A 1',
  title: 'Baguette',
  pieces: '3',
  amount: '4.00',
  when: '01/07/2026 09:15',
  card: '',
  type: 'S',
  ...overrides,
})

test('a row is mapped as the mapping file says', () => {
  expect(mappingOf().map(cells())).toEqual({
    basket: {
      basket_id: '20260701-17',
      kind: 'sale',
      store_id: 'CS-main',
      till_id: 0,
      cashier_id: 'unknown',
      currency: 'EUR',
      payment: 'unknown',
    },
    line: { sku: 'CS-A::1', unit: 'each', quantity: 3, unit_price: 134, discount: 2 },
    scanned_at: Date.UTC(2026, 6, 1, 7, 15),
  })
})

test('a returned row is positive, in a basket of its own', () => {
  expect(mappingOf().map(cells({ type: 'R', pieces: '-3', amount: '-4.00' }))).toMatchObject({
    basket: { basket_id: '20260701-17-R', kind: 'return' },
    line: { quantity: 3, unit_price: 134, discount: 2 },
  })
})

test('unit prices in minor units, currencies without cents, and other return marks', () => {
  const minor = mappingOf(MAPPING.replace('of: line, in: decimal', 'of: unit, in: minor'))
  expect(minor.map(cells({ amount: '129' }))?.line).toMatchObject({ unit_price: 129, discount: 0 })
  const yen = mappingOf(MAPPING.replace('EUR', 'JPY').replace('of: line', 'of: unit'))
  expect(yen.map(cells({ amount: '500' }))?.line.unit_price).toBe(500)
  const negative = mappingOf(MAPPING.replace('{ column: type, equals: R }', '{ negative_quantity: true }'))
  expect(negative.map(cells({ pieces: '-1' }))?.basket.kind).toBe('return')
  const prefix = mappingOf(MAPPING.replace('column: type, equals: R', 'column: receipt, begins_with: C'))
  expect(prefix.map(cells({ receipt: 'C17' }))?.basket.kind).toBe('return')
})

test('a whole file goes through', async () => {
  const file = write(
    'sales.csv',
    'receipt,article,title,pieces,amount,when,card,type\n' +
      '17,A1,Baguette,1,1.20,01/07/2026 09:15,,S\n17,B2,Brie,1,4.10,01/07/2026 09:15,,S\n' +
      '18,A1,Baguette,2,2.40,01/07/2026 09:16,77,S\n18,A1,Baguette,1,1.20,01/07/2026 09:16,77,R\n',
  )
  const source = openCsv(file, write('map.yaml', MAPPING))
  const { products } = await source.reference()
  const baskets: unknown[] = []
  for await (const { value } of source.events()) baskets.push(JSON.parse(value.toString()))
  expect(products.map(({ sku, name }) => [sku, name])).toEqual([
    ['CS-A1', 'Baguette'],
    ['CS-B2', 'Brie'],
  ])
  expect(baskets).toMatchObject([
    { basket_id: '20260701-17', kind: 'sale', total: 530 },
    { basket_id: '20260701-18', kind: 'sale', total: 240, customer_id: 'CS-77' },
    { basket_id: '20260701-18-R', kind: 'return', total: 120 },
  ])
})

test('overlapping files name the same receipts alike, whatever else they hold', async () => {
  const header = 'receipt,article,title,pieces,amount,when,card,type'
  const day = (date: string) =>
    ['17', '18', '17'].map((receipt) => `${receipt},A1,Brie,1,1.20,${date} 09:15,,S`)
  const idsOf = async (...rows: string[]) => {
    const source = openCsv(write('sales.csv', [header, ...rows, ''].join('\n')), write('map.yaml', MAPPING))
    const ids: string[] = []
    for await (const { value } of source.events()) ids.push(JSON.parse(value.toString()).basket_id)
    return ids
  }
  const first = await idsOf(...day('30/06/2026'), ...day('01/07/2026'))
  const second = await idsOf(...day('01/07/2026'), ...day('02/07/2026'))
  expect(first).toEqual(['20260630-17', '20260630-18', '20260701-17', '20260701-18'])
  expect(second).toEqual(['20260701-17', '20260701-18', '20260702-17', '20260702-18'])
})

test('a row that cannot be a line goes as it is, with every cell and the reason', async () => {
  const file = write(
    'sales.csv',
    'receipt,article,title,title,pieces,amount,when,card,type,_refused\n17,A1,Brie,soft,1,1.20,01/07/2026 09:15,,S,\n17,A1,Brie,soft,1.5,1.20,01/07/2026 09:15,,S,no\n',
  )
  const text = MAPPING.replace('name: title\n', '')
  const source = openCsv(file, write('map.yaml', text))
  const messages: unknown[] = []
  for await (const { value } of source.events()) messages.push(JSON.parse(value.toString()))
  expect(messages[0]).toEqual({
    _refused:
      'sales.csv line 3, column pieces, cell "1.5": it is no whole number. Goods are counted by the piece: give the number of pieces.',
    receipt: '17',
    article: 'A1',
    title: 'Brie',
    'title (column 4)': 'soft',
    pieces: '1.5',
    amount: '1.20',
    when: '01/07/2026 09:15',
    card: '',
    type: 'S',
    '_refused (column 10)': 'no',
  })
})

test('the example of docs/replay.md gives what it says', async () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/replay.md'), 'utf8')
  const block = (language: string, first: string) =>
    docs
      .split(`\`\`\`${language}\n`)
      .find((text) => text.startsWith(first))!
      .split('```')[0]!
  const mapping = write('sales.yaml', block('yaml', '# sales.yaml'))
  const source = openCsv(write('sales.csv', block('csv', 'receipt_no')), mapping)
  await source.reference()
  expect(source.inspection().summary()).toMatchObject({
    rows: 3,
    lines: 3,
    sold: 650,
    returned: 120,
    baskets: 2,
  })
  // The fields that it lists besides are fields.
  readMapping(write('all.yaml', block('yaml', '# sales.yaml') + block('yaml', 'file:')))
})

describe('a wrong mapping file is refused with line and field', () => {
  test.each([
    ['prefix: CS-', 'prefix: cs', /map\.yaml line 2: prefix must match pattern/],
    ['of: line', 'of: receipt', /map\.yaml line 7: price\.of must be unit or line\n/],
    ['customer: card', 'custommer: card', /map\.yaml line 11: custommer is not a field/],
    ['sku: article\n', '', /map\.yaml line 1: sku is missing/],
    ['Europe/Paris', 'Europe/Pariss', /map\.yaml: time: Time zone "Europe\/Pariss"/],
    ['{ value: main }', '[main', /map\.yaml line \d+: /],
  ])('%s -> %s', (from, to, message) => {
    expect(() => mappingOf(MAPPING.replace(from, to))).toThrow(message)
  })

  test.each([
    ['basket: receipt', 'basket: { columns: [] }', /map\.yaml line 3: basket\.columns /],
    ['basket: receipt', 'basket: { columns: [receipt], day_ends: "13:00" }', /line 3: basket\.day_ends /],
    [
      'currency:',
      'numbers: { decimal: ",", thousands: "," }\ncurrency:',
      /numbers: decimal and thousands are both ","/,
    ],
    [
      'currency:',
      'file: { delimiter: ";", quote: ";" }\ncurrency:',
      /file: delimiter and quote are both ";"/,
    ],
    ['currency:', 'file: { delimiter: ";;" }\ncurrency:', /file\.delimiter /],
    ['dd/MM/yyyy HH:mm', 'dMdMdMdMdMdMdMyyyy', /time: Time format/],
  ])('%s -> %s', (from, to, message) => {
    expect(() => mappingOf(MAPPING.replace("numbers: { decimal: '.' }\n", '').replace(from, to))).toThrow(
      message,
    )
  })

  test('what is no mapping is not read', () => {
    expect(() => readMapping('/dev/zero')).toThrow('/dev/zero: it is no mapping file')
    expect(() => readMapping(folder)).toThrow('it is no mapping file')
    expect(() => readMapping(write('big.yaml', '#'.repeat(200_000)))).toThrow('it is no mapping file')
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'].map((name, index) =>
      index === 0
        ? name
        : `${name}: &${name} [${Array(9)
            .fill(`*${'abcdefghi'[index - 1]}`)
            .join(',')}]`,
    )
    expect(() => readMapping(write('bomb.yaml', bomb.join('\n')))).toThrow('alias')
  })

  test('an encoding that is none is refused by name', async () => {
    const text = MAPPING.replace("numbers: { decimal: '.' }", 'file: { encoding: cp850 }')
    const source = openCsv(write('sales.csv', 'receipt\n'), write('map.yaml', text))
    await expect(source.reference()).rejects.toThrow('There is no encoding "cp850" to read')
  })

  test('a missing one by name', () => {
    expect(() => readMapping(join(folder, 'none.yaml'))).toThrow('none.yaml: no such mapping file')
  })
})
