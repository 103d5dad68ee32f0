/** `--dry-run`: what a CSV comes to by its mapping, in words; nothing is sent, and no stack is needed. */
import { netAmount } from '@shelfcast/contracts/events'
import type { CsvSource } from './csv.ts'
import type { Summary } from './csv-inspection.ts'

/** @throws as a replay would, where the file cannot be read at all */
export async function dryRun(source: CsvSource): Promise<{ text: string; summary: Summary }> {
  await source.reference()
  const summary = source.inspection().summary()
  const text = [
    'The first rows as they will be sent (times in UTC):',
    firstRows(summary),
    '',
    ...source.findings(),
    '',
    totals(summary),
    '',
    'Nothing was sent. What the gate refuses for other reasons (prices of 0, negative quantities) is not counted here.',
  ].join('\n')
  return { text, summary }
}

function firstRows({ first, currency }: Summary): string {
  const head = ['line', 'store', 'receipt', 'sku', 'quantity', 'unit price', 'discount', 'comes to', 'time']
  const rows = first.map(({ line, row: { basket, line: sale, scanned_at } }) => [
    String(line),
    basket.store_id,
    basket.basket_id,
    sale.sku,
    String(sale.quantity),
    money(sale.unit_price, currency),
    money(sale.discount, currency),
    money(basket.kind === 'return' ? -netAmount(sale) : netAmount(sale), currency),
    new Date(scanned_at).toISOString().replace('T', ' ').replace('.000Z', ''),
  ])
  const isNumber = (column: number) => column === 0 || (column >= 4 && column <= 7)
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function totals(summary: Summary): string {
  const refused = summary.refused.reduce((sum, { rows }) => sum + rows, 0)
  const { currency, days } = summary
  const rows: [string, string][] = [
    ['rows read', count(summary.rows)],
    [
      'rows that become lines',
      `${count(summary.lines)}, of which ${count(summary.returned_rows)} of returns`,
    ],
    ['rows refused (schema)', count(refused)],
    ['rows repeated', count(summary.repeated.rows)],
    ['receipts', count(summary.baskets)],
    ['business days', `${count(days.count)} (${days.first} to ${days.last})`],
    ['stores', count(summary.stores)],
    ['products', count(summary.products)],
    ['sold', `${currency} ${money(summary.sold, currency)}`],
    ['returned', `${currency} ${money(summary.returned, currency)}`],
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}

/** Minor units with the decimals of their currency. */
export function money(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  const size = String(Math.abs(minor)).padStart(digits + 1, '0')
  const text = digits === 0 ? size : `${size.slice(0, -digits)}.${size.slice(-digits)}`
  return minor < 0 ? `-${text}` : text
}

const count = (value: number) => value.toLocaleString('en')
