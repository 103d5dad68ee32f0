/** A mapping file for a CSV that has none: by what its columns are called and what stands in them. */
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { columnName, type Dialect, dialectText, findDialect, sampleRecords } from '../files/csv-dialect.ts'
import { createTimeReader } from '../files/instants.ts'
import { decimalSignOf } from '../files/numbers.ts'
import { type Meaning, meaningOf, rankOf } from './csv-words.ts'

const FORMATS = [
  'dd/MM/yyyy',
  'dd.MM.yyyy',
  'dd-MM-yyyy',
  'MM/dd/yyyy',
  'MM-dd-yyyy',
  'yyyy/MM/dd',
  'd/M/yyyy',
  'd.M.yyyy',
  'M/d/yyyy',
  'dd/MM/yy',
  'dd.MM.yy',
  'MM/dd/yy',
  'd/M/yy',
  'M/d/yy',
  'dd-MMM-yy',
  'dd-MMM-yyyy',
  'd MMM yyyy',
  'MMM d yyyy',
  'yyyyMMdd',
].flatMap((day) => [
  ...['', ' HH:mm', ' HH:mm:ss', ' H:mm', ' H:mm:ss', ' HH:mm:ss.SSS', ' HHmm', ' HHmmss'].map(
    (time) => day + time,
  ),
  ...[' h:mm a', ' h:mm:ss a', ' hh:mm a', ' hh:mm:ss a'].map((time) => day + time),
])
const SIGNS: [sign: RegExp, currency: string][] = [
  [/€|\bEUR\b/, 'EUR'],
  [/£|\bGBP\b/, 'GBP'],
  [/\$|\bUSD\b/, 'USD'],
  [/\bCHF\b/, 'CHF'],
  [/zł|\bPLN\b/, 'PLN'],
  [/₹|\bINR\b/, 'INR'],
  [/R\$|\bBRL\b/, 'BRL'],
  [/¥|\bJPY\b/, 'JPY'],
]
const RETURN_WORDS =
  /^(r|ret|return|returned|refund|retoure|ruckgabe|rückgabe|gutschrift|storno|retour|remboursement|devolucion|devolución|devolução|devolucao|reso|rimborso|retour)$/i

export interface Proposal {
  yaml: string
  /** What a person has to look at, or to fill in. */
  open: string[]
}

interface Column {
  name: string
  cells: string[]
  meaning: Meaning | undefined
}

/** @param zone IANA zone to propose: where the person is */
export async function proposeMapping(path: string, zone: string): Promise<Proposal> {
  const dialect = await findDialect(path, {}, [])
  const { columns, headerLine } = columnsOf(path, dialect)
  const open: string[] = []
  const unsure = (text: string) => {
    open.push(text)
    return `   # unsure: ${text}`
  }
  const usable = columns.filter(
    ({ name }) => name !== '' && columns.filter((other) => other.name === name).length === 1,
  )
  const byMeaning = (...meanings: Meaning[]) =>
    meanings
      .map(
        (meaning) =>
          usable
            .filter((column) => column.meaning === meaning)
            .sort((a, b) => rankOf(a.name) - rankOf(b.name))[0],
      )
      .find((column) => column !== undefined)

  const time = timeOf(usable, byMeaning)
  const receipt = byMeaning('receipt')
  const till = byMeaning('till')
  const sku = byMeaning('sku') ?? byMeaning('name')
  const name = byMeaning('name')
  const quantity = byMeaning('quantity')
  const price = priceOf(byMeaning)
  const store = byMeaning('store')
  const type = byMeaning('type')
  const currency = currencyOf(columns, byMeaning('currency'))
  const base = basename(path).replace(/\..*$/, '')
  const slug = base
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
  const prefix = slug
    .replace(/[^a-z0-9]/g, '')
    .toUpperCase()
    .slice(0, 4)
  const missing = (what: string) =>
    `""   # not recognised: the column of ${what}; give one of the columns above`

  const lines = [
    `# Proposed for ${JSON.stringify(basename(path))}: ${dialectText({ ...dialect, headerLine })}.`,
    `# Its columns: ${usable.map((column) => oneLine(column.name)).join(', ')}`,
    '# Look at every line, then: npm run replay -- csv FILE --map THIS --dry-run',
    `source: ${slug.slice(0, 32).replace(/-+$/, '') || 'my-shop'}   # the name that its stores and products get; keep it for all files of this shop`,
    `prefix: ${/^[A-Z]/.test(prefix) ? prefix : 'SHOP'}-`,
  ]
  if (receipt === undefined) {
    open.push('no column of receipt numbers')
    lines.push(`basket: ${missing('receipt numbers')}`)
  } else if (till === undefined) {
    lines.push(`basket: ${quoted(receipt.name)}   # and the business day: numbers may begin again each day`)
  } else {
    lines.push(
      `basket: { columns: [${quoted(receipt.name)}, ${quoted(till.name)}] }   # and the business day`,
    )
  }
  if (sku === undefined) open.push('no column of articles')
  lines.push(
    `sku: ${sku ? quoted(sku.name) : missing('articles')}` +
      (sku && sku.meaning !== 'sku'
        ? unsure('no column of article numbers, so names tell articles apart')
        : ''),
  )
  if (name && name !== sku) lines.push(`name: ${quoted(name.name)}`)
  const category = byMeaning('category')
  if (category) lines.push(`category: ${quoted(category.name)}`)
  lines.push(
    quantity
      ? `quantity: ${quoted(quantity.name)}`
      : `quantity: { value: 1 }${unsure('no column of quantities, so each row is one piece')}`,
  )
  if (price === undefined) open.push('no column of prices')
  lines.push(
    'price:',
    `  column: ${price ? quoted(price.column.name) : missing('prices')}`,
    `  of: ${price?.of ?? 'unit'}` +
      (price?.sure ? '' : unsure('unit is the price of one piece, line the total of the row')),
    '  in: decimal',
  )
  if (time === undefined) open.push('no column of times')
  lines.push(
    'time:',
    `  column: ${time ? (time.columns.length === 1 ? quoted(time.columns[0]!) : `[${time.columns.map(quoted).join(', ')}]`) : missing('times')}`,
    `  format: ${quoted(time?.format ?? 'iso')}${time?.doubt ? unsure(time.doubt) : ''}`,
    `  zone: ${zone}${unsure('the time zone of this machine; give that of the stores')}`,
    store
      ? `store: ${quoted(store.name)}`
      : `store: { value: main }${unsure('no column of stores, so there is one')}`,
    `currency: { value: ${currency ?? 'EUR'} }${currency ? '' : unsure('the file names no currency')}`,
  )
  const customer = byMeaning('customer')
  if (customer) lines.push(`customer: ${quoted(customer.name)}`)
  lines.push(...returnsOf(type, quantity, unsure))
  lines.push(...fileOf(dialect, headerLine), ...numbersOf(price?.column, quantity, unsure))
  return { yaml: `${lines.join('\n')}\n`, open }
}

/** @throws where there is such a file already */
export function writeProposal(path: string, yaml: string): void {
  try {
    writeFileSync(path, yaml, { flag: 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new Error(`${path} is there already. Give another name after --write, or remove it.`)
    }
    throw error
  }
}

/** The header is the first line as wide as most that holds names: the more usual ones the surer, and no number. */
function columnsOf(path: string, dialect: Dialect): { columns: Column[]; headerLine: number } {
  const records = sampleRecords(dialect.file.head, dialect, dialect.headerLine)
  const width = Math.max(0, ...records.map(({ record }) => record.length))
  const candidates = records
    .slice(0, 30)
    .map(({ record, line }, index) => ({ record, line, index, score: headerScore(record, width) }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
  const header = candidates[0]
  if (header === undefined)
    throw new Error(`${path}: the file is empty. The first line must name the columns.`)
  if (header.score <= 0) {
    throw new Error(
      `${path}: no line of its first names the columns. Put a line of names above the rows, such as ` +
        `receipt_no${dialect.delimiter}article${dialect.delimiter}quantity${dialect.delimiter}amount${dialect.delimiter}sold_at.`,
    )
  }
  const rows = records
    .slice(header.index + 1)
    .filter(({ record }) => record.some((cell) => cell.trim() !== ''))
  const columns = header.record.map((text, index): Column => {
    const name = columnName(text)
    return { name, meaning: meaningOf(name), cells: rows.map(({ record }) => (record[index] ?? '').trim()) }
  })
  return { columns, headerLine: header.line }
}

function headerScore(record: readonly string[], width: number): number {
  const cells = record.filter((cell) => cell.trim() !== '')
  if (cells.length < 2 || cells.some((cell) => /^[\d.,:/ -]+$/.test(cell.trim()))) return 0
  return cells.filter((cell) => meaningOf(columnName(cell))).length * 10 + (record.length / width) * 5
}

type Finder = (...meanings: Meaning[]) => Column | undefined

function timeOf(
  columns: readonly Column[],
  byMeaning: Finder,
): { columns: string[]; format: string; doubt?: string | undefined } | undefined {
  const date = byMeaning('date')
  const time = byMeaning('time')
  const whole = byMeaning('date_time')
  const pairs: Column[][] = []
  const dayColumn = date ?? whole
  if (dayColumn && time && dayColumn !== time) pairs.push([dayColumn, time])
  for (const single of [whole, date, time]) if (single) pairs.push([single])
  // Where no name says it, cells may.
  for (const column of columns) if (column.meaning === undefined) pairs.push([column])
  for (const pair of pairs) {
    const texts = pair[0]!.cells
      .map((_, row) => pair.map(({ cells }) => cells[row]!).join(' '))
      .filter((text) => text.trim())
    const format = texts.length === 0 ? undefined : formatOf(texts)
    if (format) return { columns: pair.map(({ name }) => name), ...format }
  }
  return undefined
}

function formatOf(texts: readonly string[]): { format: string; doubt?: string } | undefined {
  const reads = (format: string) => {
    const read = createTimeReader(format, 'UTC')
    // A row in ten may be a subtotal or a note.
    return texts.filter((text) => typeof read(text) === 'number').length >= texts.length * 0.9
  }
  if (texts.every((text) => /^1\d{9}$/.test(text))) return { format: 'epoch_s' }
  if (texts.every((text) => /^1\d{12}$/.test(text))) return { format: 'epoch_ms' }
  if (reads('iso')) return { format: 'iso' }
  const formats = FORMATS.filter(reads)
  const format = formats[0]
  if (format === undefined) return undefined
  const other = formats.find(
    (candidate) => /^M+[^M]/.test(candidate) && /^d/.test(format) && !format.includes('MMM'),
  )
  return other ? { format, doubt: `all of the first times also read as ${other}` } : { format }
}

function priceOf(byMeaning: Finder): { column: Column; of: 'unit' | 'line'; sure: boolean } | undefined {
  const total = byMeaning('line_total')
  if (total) return { column: total, of: 'line', sure: true }
  const unit = byMeaning('unit_price')
  if (unit) return { column: unit, of: 'unit', sure: true }
  const price = byMeaning('price')
  return price && { column: price, of: 'unit', sure: false }
}

function currencyOf(columns: readonly Column[], column: Column | undefined): string | undefined {
  const codes = new Set(column?.cells.filter(Boolean))
  const [code] = codes
  if (codes.size === 1 && /^[A-Z]{3}$/.test(code!)) return code
  const texts = columns.flatMap(({ name, cells }) => [name, ...cells.filter((cell) => /\d/.test(cell))])
  return SIGNS.find(([sign]) => texts.some((text) => sign.test(text)))?.[1]
}

function returnsOf(
  type: Column | undefined,
  quantity: Column | undefined,
  unsure: (text: string) => string,
): string[] {
  const mark = type?.cells.find((cell) => RETURN_WORDS.test(cell))
  if (type && mark) return [`returns: { column: ${quoted(type.name)}, equals: ${quoted(mark)} }`]
  if (quantity?.cells.some((cell) => /^[-\u2212(]|-$/.test(cell))) {
    return [`returns: { negative_quantity: true }${unsure('negative quantities are taken for returns')}`]
  }
  return []
}

function fileOf(dialect: Dialect, headerLine: number): string[] {
  const fields = [`delimiter: ${quoted(dialect.delimiter)}`]
  if (dialect.file.by !== 'mark') fields.unshift(`encoding: ${dialect.file.encoding}`)
  if (headerLine > 1) fields.push(`header_line: ${headerLine}`)
  const isPlain = dialect.delimiter === ',' && dialect.file.encoding === 'utf-8' && headerLine === 1
  return isPlain ? [] : [`file: { ${fields.join(', ')} }`]
}

function numbersOf(
  price: Column | undefined,
  quantity: Column | undefined,
  unsure: (text: string) => string,
): string[] {
  const signs = [...(price?.cells ?? []), ...(quantity?.cells ?? [])].map(decimalSignOf)
  const commas = signs.filter((sign) => sign === ',').length
  const points = signs.filter((sign) => sign === '.').length
  if (commas > points) return ['numbers: { decimal: "," }']
  if (points > 0) return ['numbers: { decimal: "." }']
  if (!signs.includes('either')) return []
  return [`numbers: { decimal: "." }${unsure('numbers like 1.234 may be thousands or decimals')}`]
}

/** A string that YAML reads as it is, whatever it holds. */
function quoted(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapedSign)
}

/** As YAML and shown() write it, so that a terminal does not obey it. */
function escapedSign(sign: string): string {
  return Array.from(
    { length: sign.length },
    (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}
