/** Small files as people have them, with what each gives. Read by csv-gallery.test.ts. */
import { gzipSync } from 'node:zlib'

/** Columns of the mapping that all of them are read with; an entry changes lines of it. */
export const GALLERY_MAPPING = `source: corner-shop
prefix: CS-
basket: receipt
sku: article
quantity: pieces
price: { column: amount, of: line, in: decimal }
time: { column: when, format: iso, zone: Europe/Paris }
store: branch
currency: { value: EUR }
`

const HEADER = 'receipt,article,pieces,amount,when,branch'
const ROW = '17,A1,2,2.40,2026-07-01 09:15:00,north'
/** What ROW gives: receipt, SKU, pieces, cents, UTC, store. */
const LINE = '20260701-17 CS-A1 2 240 2026-07-01T07:15 CS-north'

export interface GalleryFile {
  name: string
  file: string | Buffer
  /** Fields of the mapping that are other than GALLERY_MAPPING, as YAML; a field that is there already is replaced. */
  map?: string
  /** Each row that becomes a line: receipt, SKU, pieces, minor units, UTC to the minute, store. */
  lines?: string[]
  /** Parts of what is said of each row that is refused. */
  refused?: string[]
  /** Parts of what is said before anything is sent. */
  says?: string[]
  /** Part of the error with which the file is refused as a whole. */
  error?: string
}

const csv = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`
const semicolons = (...rows: string[]) => csv(...rows).replaceAll(',', ';')
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const amounts = (...cells: string[]) =>
  csv(...cells.map((cell, index) => `${index + 1},A1,1,${cell},2026-07-01 09:15:00,north`))
const cents = (...values: number[]) =>
  values.map((value, index) => `20260701-${index + 1} CS-A1 1 ${value} 2026-07-01T07:15 CS-north`)
const times = (...cells: string[]) =>
  csv(...cells.map((cell, index) => `${index + 1},A1,1,1.00,${cell},north`))

/** Longer than what is looked at to recognise a file. */
const LONG_ROWS = 40
const LONG = `${HEADER},note\n${`${ROW},${'x'.repeat(10_000)}\n`.repeat(LONG_ROWS)}`

export const GALLERY: GalleryFile[] = [
  // Receipts
  {
    name: 'receipt numbers that begin again each day',
    file: csv(ROW, ROW.replace('07-01', '07-02'), ROW.replace('07-01', '07-03')),
    lines: [
      LINE,
      LINE.replaceAll('0701', '0702').replace('07-01', '07-02'),
      LINE.replaceAll('0701', '0703').replace('07-01', '07-03'),
    ],
  },
  {
    name: 'receipt numbers that begin again at each till, with the till in the mapping',
    file: `receipt,till,article,pieces,amount,when,branch\n17,1,A1,1,1.00,2026-07-01 09:15:00,north\n17,2,A1,1,1.00,2026-07-01 09:15:00,north\n`,
    map: 'basket: { columns: [receipt, till] }',
    lines: [
      '20260701-17-1 CS-A1 1 100 2026-07-01T07:15 CS-north',
      '20260701-17-2 CS-A1 1 100 2026-07-01T07:15 CS-north',
    ],
  },
  {
    name: 'receipt numbers that begin again at each till, without',
    file: 'receipt,till,article,pieces,amount,when,branch\n17,1,A1,1,1.00,2026-07-01 09:15:00,north\n17,2,A1,1,1.00,2026-07-01 17:15:00,north\n',
    lines: [
      '20260701-17 CS-A1 1 100 2026-07-01T07:15 CS-north',
      '20260701-17 CS-A1 1 100 2026-07-01T15:15 CS-north',
    ],
    says: [
      '1 row lies more than 15 minutes from the first of its receipt',
      '20260701-17 of CS-north on lines 2 and 3',
      'give basket: { columns: ["receipt","till"] }',
    ],
  },
  {
    name: 'a receipt that comes again when it was sent',
    file: csv(
      ROW,
      ...Array.from({ length: 64 }, (_, index) => `${100 + index},A1,1,1.00,2026-07-01 09:16:00,north`),
      ROW.replace('A1', 'B2'),
    ),
    lines: [
      LINE,
      ...Array.from(
        { length: 64 },
        (_, index) => `20260701-${100 + index} CS-A1 1 100 2026-07-01T07:16 CS-north`,
      ),
      LINE.replace('A1', 'B2'),
    ],
    says: [
      '1 row will be refused as repeated: 1 receipt comes again',
      '20260701-17 of CS-north on lines 2 and 67',
    ],
  },
  {
    name: 'a night that ends at four',
    file: csv(ROW.replace('07-01 09:15', '07-01 23:50'), ROW.replace('07-01 09:15', '07-02 00:10')),
    map: 'basket: { columns: [receipt], day_ends: "04:00" }',
    lines: [LINE.replace('07:15', '21:50'), LINE.replace('07:15', '22:10')],
  },
  {
    name: 'receipts with numbers that never come again',
    file: csv(ROW.replace('17', '3f2a-17'), ROW.replace('17', '3f2a-17').replace('07-01', '07-02')),
    map: 'basket: { columns: [receipt], day: false }',
    lines: [
      LINE.replace('20260701-17', '3f2a-17'),
      LINE.replace('20260701-17', '3f2a-17').replace('07-01', '07-02'),
    ],
  },
  {
    name: 'returns on the receipt of the sale',
    file: csv(ROW, ROW.replace(',2,2.40', ',-1,-1.20')),
    map: 'returns: { negative_quantity: true }',
    lines: [LINE, '20260701-17-R CS-A1 1 -120 2026-07-01T07:15 CS-north'],
  },
  // Times
  {
    name: 'offsets as databases write them',
    file: times(
      '2026-07-01 09:15:00+00',
      '2026-07-01 09:15:00-03',
      '2026-07-01 09:15:00+0530',
      '2026-07-01T09:15:00Z',
      '2026-07-01 09:15:00 UTC',
      '2026-07-01 09:15:00.0000000 +02:00',
      '2026-07-01T09:15:00+02:00[Europe/Paris]',
      '2026-07-01 09:15:00 CEST',
    ),
    lines: ['09:15', '12:15', '03:45', '09:15', '09:15', '07:15', '07:15', '07:15'].map(
      (time, index) => `20260701-${index + 1} CS-A1 1 100 2026-07-01T${time} CS-north`,
    ),
  },
  {
    name: 'an offset that moves the sale to another business day',
    file: times('2026-07-01 23:15:00-03'),
    lines: ['20260702-1 CS-A1 1 100 2026-07-02T02:15 CS-north'],
  },
  {
    name: 'times that say too little',
    file: times(
      '2026-07-01 09:15:00',
      '2026-07-01 09:15:00 EST',
      '46204.385416',
      '2026-W27-3',
      '2026-02-30 10:00',
      '',
      '2026-07-01 09:15 PM',
    ),
    lines: ['20260701-1 CS-A1 1 100 2026-07-01T07:15 CS-north'],
    refused: [
      'line 3, column when, cell "2026-07-01 09:15:00 EST": "EST" is not what the clocks of Europe/Paris',
      'line 4, column when, cell "46204.385416": it looks like a day number of Excel',
      'a week is no day',
      'there is no such day',
      'it is empty',
      'a time of 12 hours is not iso',
    ],
  },
  {
    name: 'American dates and halves of days',
    file: times('7/1/2026 9:15 AM', '7/1/2026 9:15 PM', '13/7/2026 9:15 AM'),
    map: 'time: { column: when, format: M/d/yyyy h:mm a, zone: America/New_York }',
    lines: [
      '20260701-1 CS-A1 1 100 2026-07-01T13:15 CS-north',
      '20260701-2 CS-A1 1 100 2026-07-02T01:15 CS-north',
    ],
    refused: ['there is no month 13. If the month comes first'],
  },
  {
    name: 'day and hour in two columns',
    file: 'receipt,article,pieces,amount,day,hour,branch\n17,A1,2,2.40,01.07.26,9:15,north\n',
    map: 'time: { column: [day, hour], format: dd.MM.yy H:mm, zone: Europe/Paris }',
    lines: [LINE],
  },
  {
    name: 'milliseconds that are taken for seconds',
    file: times('1782897300', '1782897300000'),
    map: 'time: { column: when, format: epoch_s, zone: Europe/Paris }',
    lines: ['20260701-1 CS-A1 1 100 2026-07-01T09:15 CS-north'],
    refused: ['not between 2000 and 2099'],
  },
  // Ids
  {
    name: 'stores and articles outside of ASCII',
    file: csv(
      ROW.replace('north', '北京1').replace('A1', 'é'),
      ROW.replace('north', '上海1').replace('A1', 'è'),
    ),
    lines: [
      '20260701-17 CS-:e9: 2 240 2026-07-01T07:15 CS-:5317.4eac:1',
      '20260701-17 CS-:e8: 2 240 2026-07-01T07:15 CS-:4e0a.6d77:1',
    ],
  },
  {
    name: 'articles that differ by a sign or by case',
    file: csv(...['A 1', 'A-1', 'A_1', 'a-1', 'A/1'].map((sku) => ROW.replace('A1', sku))),
    lines: ['A::1', 'A-1', 'A_1', 'a-1', 'A:2f:1'].map((sku) => LINE.replace('A1', sku)),
    says: ['4 products look like another and are kept apart: "A 1" and "A-1"'],
  },
  {
    name: 'one name in both forms of Unicode, and with spaces',
    file: csv(...['Café', 'Cafe\u0301', ' Café\u00a0'].map((store) => ROW.replace('north', store))),
    lines: Array(3).fill(LINE.replace('north', 'Caf:e9:')),
  },
  {
    name: 'names too long for an id, alike to the last letter',
    file: csv(...['x', 'y'].map((last) => ROW.replace('north', 'Ж'.repeat(40) + last))),
    lines: ['qmphmtrsttkirpnj', 'lthkusmsugqplsnp'].map((hash) =>
      LINE.replace('north', `${`:${Array(40).fill('416').join('.')}`.slice(0, 42)}:.${hash}:`),
    ),
  },
  {
    name: 'barcodes that Excel has shortened',
    file: csv(ROW.replace('A1', '4.00731E+12'), ROW),
    lines: [LINE],
    refused: ['line 2, column article, cell "4.00731E+12": Excel has shortened this number'],
  },
  // Numbers
  {
    name: 'a comma behind each row',
    file: csv(`${ROW},`, `${ROW},,`, `${ROW},x`),
    lines: [LINE, LINE],
    refused: ['line 4: it has 7 cells, and the header has 6'],
  },
  {
    name: 'thousands in quotes, currency signs and brackets',
    file: amounts('"1,234.50"', '€1.50', '(1.50)', '1.50-', '1.50 EUR', '"€ 1,000.00"'),
    lines: cents(123_450, 150, -150, -150, 150, 100_000),
    says: ['decimal "."'],
  },
  {
    name: 'a sign of another currency',
    file: amounts('$1.50', '€1.50'),
    lines: cents(0, 150).slice(1),
    refused: ['line 2, column amount, cell "$1.50": "$" is no sign of this mapping\'s currency'],
  },
  {
    name: 'decimal commas between semicolons',
    file: semicolons(ROW, ROW.replace('17', '18')).replaceAll('2.40', '1.234,40'),
    lines: [LINE.replace('240', '123440'), LINE.replace('17', '18').replace('240', '123440')],
    says: ['delimiter ";"', 'decimal ","'],
  },
  {
    name: 'decimal commas between commas',
    file: csv(ROW, ROW.replace('2.40', '2,40')),
    lines: [LINE],
    refused: [
      'line 3: it has 7 cells, and the header has 6. Put cells that hold the delimiter or a decimal comma in quotes',
    ],
  },
  {
    name: 'spaces and apostrophes between thousands',
    file: amounts('1\u00a0234.50', '1\u202f234.50', "1'234.50", '1 234.50'),
    lines: cents(123_450, 123_450, 123_450, 123_450),
  },
  {
    name: 'numbers that read both ways, with nothing to say which',
    file: amounts('1.234', '5'),
    lines: cents(0, 500).slice(1),
    refused: [
      'line 2, column amount, cell "1.234": it may be thousands or decimals. Say which: numbers: { decimal',
    ],
    says: ['decimal sign not known'],
  },
  {
    name: 'the same, with the mapping to say',
    file: amounts('1.234', '5'),
    map: 'numbers: { decimal: ",", thousands: "." }',
    lines: cents(123_400, 500),
  },
  {
    name: 'a number of the other kind among its like',
    file: amounts('2.40', '3.10', '"2,40"', 'free', '', '99999999999'),
    lines: cents(240, 310),
    refused: [
      'line 4, column amount, cell "2,40": it is not written with the decimal sign "."',
      'no number',
      'empty',
      'larger than any sale',
    ],
  },
  {
    name: 'decimals where minor units were meant',
    file: amounts('240', '2.40'),
    map: 'price: { column: amount, of: line, in: minor }\nnumbers: { decimal: "." }',
    lines: cents(240),
    refused: ['give price.in: decimal in the mapping'],
  },
  {
    name: 'formulas for the spreadsheet of whoever opens it',
    file: csv(
      ROW.replace('2.40', "=cmd|' /C calc'!A0"),
      ROW.replace('A1', '=1+1'),
      ROW.replace(',2,', ',"\u001b[2J",'),
    ),
    lines: [LINE.replace('A1', ':3d:1:2b:1')],
    refused: ['column amount, cell "=cmd', 'column pieces, cell "\\u001b[2J"'],
  },
  // Encodings
  {
    name: 'latin-1',
    file: latin1(csv(ROW.replace('north', 'K\u00f6ln'), ROW.replace('north', 'M\u00fcnchen'))),
    lines: [LINE.replace('north', 'K:f6:ln'), LINE.replace('north', 'M:fc:nchen')],
    says: ['read as windows-1252 (a guess by its bytes'],
  },
  {
    name: 'latin-1 whose first letter outside of ASCII comes late',
    file: latin1(`${LONG}${ROW.replace('north', 'K\u00f6ln')},\n`),
    lines: [...Array(LONG_ROWS).fill(LINE), LINE.replace('north', 'K:f6:ln')],
    says: ['read as windows-1252'],
  },
  {
    name: 'Cyrillic of Windows',
    file: Buffer.concat([
      Buffer.from(csv().replace('branch', 'branch,name')),
      ...['d5ebe5e120f0e6e0edeee9', 'cceeebeeeaee20f1e2e5e6e5e5', 'd1fbf020f0eef1f1e8e9f1eae8e9'].flatMap(
        (name) => [Buffer.from(`${ROW},`), Buffer.from(name, 'hex'), Buffer.from('\n')],
      ),
    ]),
    lines: [LINE, LINE, LINE],
    says: ['read as windows-1251 (a guess by its bytes'],
  },
  {
    name: 'an encoding that the mapping says',
    file: Buffer.concat([
      Buffer.from(csv()),
      Buffer.from(ROW.replace('north', '')),
      Buffer.from('cfeef2f0', 'hex'),
      Buffer.from('\n'),
    ]),
    map: 'file: { encoding: cp1251 }',
    lines: [LINE.replace('north', ':41f.43e.442.440:')],
    says: ['read as windows-1251 (as the mapping says)'],
  },
  {
    name: 'UTF-8 with its mark',
    file: `\uFEFF${csv(ROW)}`,
    lines: [LINE],
  },
  {
    name: "Excel's Unicode text: UTF-16 with tabs",
    file: utf16(`\uFEFF${csv(ROW.replace('north', '北京')).replaceAll(',', '\t').replaceAll('\n', '\r\n')}`),
    lines: [LINE.replace('north', ':5317.4eac:')],
    says: ['read as utf-16le (by its byte order mark), delimiter tab'],
  },
  {
    name: 'UTF-16 without its mark, the other way round',
    file: utf16(csv(ROW)).swap16(),
    lines: [LINE],
    says: ['read as utf-16be'],
  },
  {
    name: 'bytes of two encodings',
    file: Buffer.concat([
      Buffer.from(LONG.replace('north', 'Köln')),
      latin1('17,A1,1,1.00,2026-07-01 09:15:00,K\u00f6ln,\n'),
    ]),
    error: 'gallery.csv line 42: the bytes are not utf-8',
  },
  {
    name: 'gzip',
    file: gzipSync(csv(ROW)),
    lines: [LINE],
  },
  {
    name: 'an Excel workbook by the name of .csv',
    file: Buffer.from('504b030414000600', 'hex'),
    error: 'gallery.csv: it is an Excel workbook or a zip archive, no CSV. Save the sheet as CSV UTF-8',
  },
  {
    name: 'a web page that Excel opens',
    file: '<html><table><tr><td>17</td></tr></table></html>',
    error: 'gallery.csv: it is HTML or XML, no CSV',
  },
  {
    name: 'NUL bytes',
    file: csv(ROW, ROW.replace('A1', 'A\0')).replace(HEADER, `${HEADER}\0`),
    error: 'gallery.csv: it holds NUL characters and is no text',
  },
  // Headers and rows
  {
    name: 'headers in between, blank rows, and other line ends',
    file: `${`${csv(ROW, '', ',,,,,')}\uFEFF${csv(ROW)}`.replaceAll('\n', '\r\n')}${ROW}\n`,
    lines: [LINE, LINE, LINE],
    says: ['1 line repeats the header and is passed over', '1 row of empty cells is passed over'],
  },
  {
    name: 'line ends of an old Mac',
    file: csv(ROW, ROW).replaceAll('\n', '\r'),
    lines: [LINE, LINE],
  },
  {
    name: "Excel's own line about the delimiter",
    file: `sep=;\r\n${semicolons(ROW)}`,
    lines: [LINE],
    says: ['header on line 2'],
  },
  {
    name: 'lines above the header',
    file: `Sales of July\nShop: "north\n\n${csv(ROW, 'x')}`,
    lines: [LINE],
    refused: ['line 6: it has 1 cell, and the header has 6'],
    says: ['header on line 4'],
  },
  {
    name: 'a header of other case and with spaces',
    file: csv(ROW).replace(HEADER, ' Receipt ,ARTICLE,"pieces ",Amount, when,Branch,'),
    lines: [LINE],
  },
  {
    name: 'two columns of one name, of which the mapping names one',
    file: csv(ROW).replace('pieces', 'amount'),
    map: 'quantity: { value: 1 }',
    error: 'gallery.csv line 1: the column "amount" stands 2 times: columns 3 and 4. Rename all but one',
  },
  {
    name: 'two columns of one name that the mapping does not name',
    file: csv(`${ROW},x,y`, `z,z,z`).replace('branch', 'branch,note,note'),
    lines: [LINE],
    refused: ['line 3: it has 3 cells'],
  },
  {
    name: 'a column that is not there',
    file: csv(ROW).replace('amount', 'total'),
    error:
      'gallery.csv line 1: no column "amount". The line has receipt, article, pieces, total, when, branch.',
  },
  {
    name: 'a column named like what every object has',
    file: csv(ROW).replace('article', '__proto__'),
    map: 'sku: __proto__',
    lines: [LINE],
  },
  {
    name: 'lone quotes',
    file: csv(ROW.replace('A1', 'Pizza 12"'), ROW.replace('A1', '"12" pizza"')),
    lines: [LINE.replace('A1', 'Pizza::12:22:'), LINE.replace('A1', ':22:12:22.20:pizza:22:')],
  },
  {
    name: 'a quote that is never closed',
    file: csv(ROW, ROW.replace('A1', '"A1'), ROW),
    error: 'gallery.csv: a quote is opened in the row that begins on line 3, and never closed',
  },
  {
    name: 'the same, with quotes as text',
    file: csv(ROW, ROW.replace('A1', '"A1')),
    map: 'file: { quote: none }',
    lines: [LINE, LINE.replace('A1', ':22:A1')],
  },
  {
    name: 'a quote that swallows what follows, without end',
    file: `${csv(ROW, ROW)}17,"A1,${'x'.repeat(100)}\n${`${ROW}\n`.repeat(20_000)}`,
    error: 'gallery.csv: the row that begins on line 4 is longer than 500,000 bytes. If a quote opens there',
  },
  {
    name: 'one line of 10 MB',
    file: Buffer.alloc(10_000_000, 'a'),
    error: 'gallery.csv: the row that begins on line 1 is longer than 500,000 bytes',
  },
  {
    name: 'a cell over two lines',
    file: csv(ROW.replace('A1', '"A\n1"'), 'x'),
    lines: [LINE.replace('A1', 'A:a:1')],
    refused: ['line 4: it has 1 cell, and the header has 6'],
    says: ['1 row stands on more than one line, the first begins on line 2'],
  },
  {
    name: 'a row that no message would hold when it is escaped',
    file: csv(ROW, `"${'\u0001'.repeat(400_000)}",A1,x,1.00,2026-07-01,north`),
    lines: [LINE],
    refused: ['line 3, column pieces, cell "x"'],
  },
  {
    name: 'a row of half a million cells',
    file: csv(ROW, `${','.repeat(490_000)}x`),
    lines: [LINE],
    refused: ['line 3: it has 490,001 cells, and the header has 6'],
  },
  {
    name: 'a header of a hundred thousand columns',
    file: csv(ROW).replace('branch', `branch${',x'.repeat(100_000)}`),
    error: 'gallery.csv line 1: the header has 100,006 columns',
  },
  { name: 'an empty file', file: '', error: 'gallery.csv: the file is empty' },
  { name: 'a header and nothing else', file: csv(), error: 'gallery.csv: it has no rows' },
  {
    name: 'nothing that the mapping can read',
    file: csv(ROW.replace('2.40', 'x')),
    error:
      'none of its 1 rows could be read. Check that it is a file of corner-shop. The first: line 2, column amount, cell "x"',
  },
]
