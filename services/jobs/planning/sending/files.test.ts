/** Orders as files: what a reader that knows only the standards makes of them. */
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { memoryLake } from '../../../../test/jobs/sources.ts'
import { readInterchange } from '../../../../test/sending/edifact-reader.ts'
import { outboxEntry, outgoingOrder } from '../../../../test/sending/orders.ts'
import { Undeliverable } from './channel.ts'
import { writeSegment } from './edifact.ts'
import { createFileChannel } from './file-channel.ts'
import { decimalAmount } from './money.ts'
import { linesOnOrder, tellingOrders } from './on-order.ts'
import { csvOrder } from './order-csv.ts'
import { edifactOrder } from './order-edifact.ts'

const { signal } = new AbortController()

describe('EDIFACT', () => {
  test('an order is ORDERS D.96A, segment by segment', () => {
    const { reference, sender, recipient, messages } = readInterchange(edifactOrder(outboxEntry()))
    expect({ sender, recipient }).toEqual({ sender: 'SHELFCAST', recipient: 'SUP-1' })
    expect(reference).toMatch(/^[0-9A-F]{14}$/)
    expect(messages).toEqual([
      {
        type: ['ORDERS', 'D', '96A', 'UN'],
        segments: [
          ['BGM', ['220'], ['PO-20260302-S-01-SUP-1-1'], ['9']],
          ['DTM', ['137', '20260302', '102']],
          ['DTM', ['2', '20260304', '102']],
          ['NAD', ['BY'], ['S-01', '', '92']],
          ['NAD', ['SU'], ['SUP-1', '', '92']],
          ['NAD', ['DP'], ['S-01', '', '92']],
          ['CUX', ['2', 'EUR', '9']],
          ['LIN', ['1']],
          ['PIA', ['5'], ['P-1000', 'IN']],
          ['QTY', ['21', '24', 'PCE']],
          ['PRI', ['AAA', '1.25', '', '', '1', 'PCE']],
          ['LIN', ['2'], [''], ['4006381333931', 'EN']],
          ['PIA', ['1'], ['4006381333931', 'IN']],
          ['QTY', ['21', '6000', 'GRM']],
          ['PRI', ['AAA', '3.99', '', '', '1', 'KGM']],
          ['UNS', ['S']],
          ['MOA', ['86', '53.94', 'EUR']],
          ['CNT', ['2', '2']],
        ],
      },
    ])
  })

  test('what separates is released, and comes back as it was', () => {
    const text = "it's 1+1:2? 'é'??"
    const segment = writeSegment(['FTX', 'AAI', '', '', [text, 'b', '']])
    expect(segment).toBe("FTX+AAI+++it?'s 1?+1?:2?? ?'é?'????:b'\r\n")
    expect(writeSegment(['FTX', ['really?', '', '']])).toBe("FTX+really??'\r\n")
    expect(writeSegment(['FTX', ['ends with:', '']])).toBe("FTX+ends with?:'\r\n")
    expect(writeSegment(['FTX', 'ends with+', ''])).toBe("FTX+ends with?+'\r\n")
  })

  test('a character that the set has not is refused by its number', () => {
    expect(() => writeSegment(['FTX', 'Łódź'])).toThrow('U+0141')
    expect(() => writeSegment(['FTX', 'a\nb'])).toThrow('U+000A')
  })

  test('an id that is longer than the directory takes is a dead letter that says so', async () => {
    const order = outgoingOrder({ store_id: 'S'.repeat(18) })
    const channel = createFileChannel('edifact', memoryLake())
    await expect(channel.send(outboxEntry({ order }), signal)).rejects.toThrow(Undeliverable)
    await expect(channel.send(outboxEntry({ order }), signal)).rejects.toThrow(
      'D.96A takes 17 in data element 3039',
    )
  })
})

test('CSV: a line for each line, and no formula', () => {
  const order = outgoingOrder({ supplier_id: '=cmd|x' })
  const rows = parse(csvOrder(order), { columns: true }) as Record<string, string>[]
  expect(rows).toHaveLength(2)
  expect(rows[1]).toEqual({
    purchase_order_id: 'PO-20260302-S-01-SUP-1-1',
    store_id: 'S-01',
    supplier_id: "'=cmd|x",
    order_on: '2026-03-02',
    expected_on: '2026-03-04',
    approved_at: '2026-03-02T09:30:15.000Z',
    line_no: '2',
    sku: '4006381333931',
    quantity: '6000',
    unit: 'g',
    unit_cost: '3.99',
    unit_cost_per: 'kg',
    currency: 'EUR',
  })
})

test('amounts have the places of their currency', () => {
  const amounts = [
    decimalAmount(5, 'EUR'),
    decimalAmount(-1_205, 'EUR'),
    decimalAmount(0, 'EUR'),
    decimalAmount(5, 'JPY'),
    decimalAmount(1_205, 'KWD'),
    decimalAmount(Number.MAX_SAFE_INTEGER, 'EUR'),
  ]
  expect(amounts).toEqual(['0.05', '-12.05', '0.00', '5', '1.205', '90071992547409.91'])
})

describe('in the lake', () => {
  test('an order that is sent twice is one file, and is told once in the table of what is on order', async () => {
    const lake = memoryLake()
    const channel = tellingOrders(createFileChannel('csv', lake), lake, () =>
      Date.parse('2026-03-02T10:00:00Z'),
    )
    expect(await channel.send(outboxEntry(), signal)).toMatchObject({ again: false })
    expect(await channel.send(outboxEntry(), signal)).toMatchObject({ again: true })
    const names = [...lake.objects.keys()]
    expect(names.filter((name) => name.startsWith('orders/'))).toEqual([
      'orders/outgoing/csv/2026-03-02/S-01/PO-20260302-S-01-SUP-1-1.csv',
    ])
    // The rows of both objects have one key and one version.
    const told = names.filter((name) => name.startsWith('datasets/purchase-orders/')).sort()
    expect(told).toEqual([
      'datasets/purchase-orders/shelfcast/orders/2026-03-02T100000000Z_7.ndjson',
      'datasets/purchase-orders/shelfcast/orders/2026-03-02T100000001Z_7.ndjson',
    ])
    expect(lake.objects.get(told[0]!)!.body).toEqual(lake.objects.get(told[1]!)!.body)
  })

  test('another order under the same name is never written over', async () => {
    const lake = memoryLake()
    const channel = createFileChannel('csv', lake)
    await channel.send(outboxEntry(), signal)
    const other = outboxEntry({ order: outgoingOrder({ expected_on: null }) })
    await expect(channel.send(other, signal)).rejects.toThrow('the lake has another order as')
  })

  test('what is on order is told for the day at the store, by a clock that is not behind it', () => {
    const [line] = linesOnOrder(outgoingOrder({ order_on: '2026-04-01', expected_on: null }))
    expect(line).toEqual({
      purchase_order_id: 'PO-20260302-S-01-SUP-1-1',
      store_id: 'S-01',
      supplier_id: 'SUP-1',
      sku: 'P-1000',
      quantity: 24,
      unit: 'each',
      ordered_at: '2026-04-01T12:00:00.000Z',
      told_at: '2026-04-01T12:00:00.000Z',
      opening: false,
    })
    expect(linesOnOrder(outgoingOrder({ order_on: '2026-03-01' }))[0]!.told_at).toBe(
      '2026-03-02T09:30:15.000Z',
    )
  })
})
