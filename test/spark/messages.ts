/** Messages by which two gates are held to each other: as odd as senders, mutations and people who know JSON can make them. */
import type { EventTopic } from '@shelfcast/contracts/topics'
import fc from 'fast-check'
import { messageText } from '../ingest/gate/arbitrary.ts'
import { basket, line, movement, posEvent } from '../ingest/gate/fixture.ts'
import { mutant, randomOf } from '../ingest/gate/fuzz.ts'
import type { Blocks, Sent } from './gates.ts'

type Random = (below: number) => number

const NOW = Date.UTC(2026, 0, 5, 12)

/** Times as headers may say them: right as a rule, and whatever else JavaScript does or does not take for a number. */
const TIMES = [
  '1767607200000',
  '1767607200001',
  '1',
  '0',
  '-5',
  '',
  ' 1767607200000 ',
  '1e12',
  '1.5e3',
  '1.5',
  '+7',
  '0x10',
  '0b101',
  '0o17',
  '-0x10',
  'Infinity',
  '-Infinity',
  'NaN',
  '1_000',
  'soon',
  '9007199254740991',
  '9007199254740992',
  '99999999999999999999',
  '00000000000012',
  '.5e1',
  '5.',
  '.',
  'e5',
  '1e-3',
  '\u00a012',
  '\v12\f',
  '12 13',
  '0X1F',
  '0x',
  '1767607200000.0',
  '２０',
]
const REPLAYS = [
  '/3/17/2',
  '/3/17/0',
  '@0/03/017/2',
  '@2/3/17/2',
  '/3/17/4',
  '/3/17',
  '@2/3/17/2 ',
  '/1234567890/1/1',
  '/3/999999999999999999/1',
]

function headersOf(topic: EventTopic, random: Random): [string, Buffer][] {
  const headers: [string, Buffer][] = []
  const put = (name: string, text: string) => headers.push([name, Buffer.from(text)])
  const kind = random(40)
  if (kind === 0) put('schema', `${topic}/9`)
  else if (kind === 1) headers.push(['schema', Buffer.from([0x73, 0xff, 0xc3, 0x28])])
  else if (kind === 2) put('schema', '')
  else if (kind < 30) put('schema', `${topic}/1`)
  if (kind === 3) put('schema', 'another/1')
  if (random(3) > 0)
    put('produced_at', random(3) > 0 ? String(NOW + random(1000)) : TIMES[random(TIMES.length)]!)
  if (random(30) === 0) put('produced_at', '1767607200002')
  if (random(9) === 0) {
    const of = random(6) === 0 ? 'pos-events' : topic
    put('replay_of', `${of}${REPLAYS[random(REPLAYS.length)]}`)
  }
  if (random(4) === 0) put('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  return headers
}

/** Messages that no chance would make, with `ID` where the id of each is to stand. */
function edges(topic: EventTopic): (string | Buffer | null)[] {
  const right = { 'sales-transactions': basket, 'inventory-updates': movement, 'pos-events': posEvent }[
    topic
  ]()
  const text = JSON.stringify(right).replace(/"(basket|movement|event)_id":"\w+"/, '"$1_id":"ID"')
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const put = (pair: string) => text.replace('{', `{${pair},`)
  const all = [
    null,
    '',
    ' ',
    '{}',
    '[]',
    '"text"',
    '1',
    'null',
    'NaN',
    '{',
    text.slice(0, -1),
    `${text},`,
    `${text}\0`,
    text,
    ` \t\r\n${text}\n`,
    `\ufeff${text}`,
    `\v${text}`,
    `${text}\u00a0`,
    `${text} 1`,
    // Twice, where the last one counts.
    put('"store_id":5'),
    put('"store_id":"S9"'),
    put('"kind":"danced"'),
    put('"event_time":null'),
    put('"st\\u006fre_id":"S9"'),
    text.replace('"store_id"', '"st\\u006fre_id"'),
    put('"__proto__":1'),
    put('"constructor":1'),
    put('"":1'),
    put('"sku\\ud800":1'),
    put(`"x":${deep(50_000)}`),
    put(`"x":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
    deep(100_000),
    put(`"x":${deep(50_000)}]`),
    put(`"x":${'['.repeat(50_000)}`),
    put(`"x":[${deep(3000)},{"y":[]}, 01]`),
    put(`"x":${'9'.repeat(5_000)}`),
    put('"x":1e400'),
    put('"x":-'),
    put('"x":01'),
    put('"x":1.'),
    put('"x":.5'),
    put('"x":NaN'),
    put('"x":Infinity'),
    put('"x":-Infinity'),
    put('"x":tru'),
    put('"x":"\t"'),
    put('"x":"\\x"'),
    put('"x":"\\u12"'),
    put('"x":"\\u12g4"'),
    put('"x":"\\ud800"'),
    put("'x':1"),
    put('"x":1,'),
    Buffer.concat([Buffer.from(text.slice(0, 12)), Buffer.from([0xc3, 0x28]), Buffer.from(text.slice(12))]),
    Buffer.from(text.replace('S1', 'S\udc00')),
    // Half of a pair as three bytes, and a zero as two.
    ...['\xed\xa0\x80', '\xc0\x80', '\xf4\x90\x80\x80', '\xff', '\xe2\x82'].map((bytes) =>
      Buffer.from(Buffer.from(text).toString('latin1').replace('S1', bytes), 'latin1'),
    ),
    ...['S1\n', ' S1', 'S١', 'Ｓ1', 'S1\u0000', 'S'.repeat(64), 'S'.repeat(65)].map((id) =>
      text.replace('"S1"', JSON.stringify(id)),
    ),
    ...[
      '2024-02-29',
      '2025-02-29',
      '2000-02-30',
      '1999-12-31',
      '2100-01-01',
      '0000-01-01',
      '9999-12-31',
      '2026-04-31',
    ].map((day) => text.replace('2026-01-05', day)),
    ...[
      '10:00:00.000z',
      '10:00:00Z',
      '10:00:60.000Z',
      '24:00:00.000Z',
      '10:00:00,000Z',
      '10:00:00.000+',
      '1٠:00:00.000Z',
    ].map((time) => text.replace(/\d\d:00:00\.000Z/, time)),
    text.replace('2026-01-05T', '2026-01-05 '),
    ...['""', '"2026-01-05"'].map((time) => text.replace(/"2026-01-05T\d\d:00:00.000Z"/, time)),
    // The hour that Newfoundland and London have twice, and the one that they have not.
    ...[
      '2010-11-07T02:30:59.999Z',
      '2010-11-07T02:31:00.000Z',
      '2026-03-29T00:59:59.999Z',
      '2026-10-24T23:00:00.000Z',
    ].flatMap((time) =>
      ['S1', 'S2', 'S3'].map((id) => text.replace(/2026-01-05T..:00:00.000Z/, time).replace('S1', id)),
    ),
    ...[
      '1.0',
      '1e0',
      '10e-1',
      '-0',
      '-0.0',
      '1.5',
      '1e400',
      '"1"',
      'true',
      'null',
      '[1]',
      '1E2',
      '2147483648',
    ].flatMap((number) => [
      text.replace(/"(till_id|quantity)":\d+/, `"$1":${number}`),
      text.replace(/"(total|amount|unit_price)":\d+/, `"$1":${number}`),
    ]),
    // As large as Kafka takes one.
    `${text}${' '.repeat(1_000_000)}`,
  ]
  return [...all, ...particular(topic, text)]
}

function particular(topic: EventTopic, text: string): string[] {
  if (topic === 'inventory-updates') {
    return [
      ...[
        '2026-02-30',
        '2028-02-29',
        '2000-01-01',
        '2099-12-31',
        '1999-12-31',
        '2100-01-01',
        '0000-02-29',
        '0000-00-00',
        '9999-12-31',
        '2026-1-1',
        '2026-01-01\n',
        '',
      ].map((day) => text.replace('}', `,"expires_on":${JSON.stringify(day)}}`)),
      text.replace('2026-01-05', '1999-01-05').replace('}', ',"expires_on":"2026-02-30"}'),
      ...[10_000_000, 10_000_001, -10_000_000, -10_000_001].map((quantity) =>
        text.replace(':24,', `:${quantity},`),
      ),
      text.replace(':24,"unit":"each"', ':100000000,"unit":"ml"'),
      text.replace(':24,"unit":"each"', ':100000001,"unit":"ml"'),
      ...['"A91"', '"Z9"', 'null', '""'].map((sku) => text.replace('"A1"', sku)),
    ]
  }
  if (topic === 'pos-events') {
    const detail = (value: string) => text.replace('}', `,"detail":${JSON.stringify(value)}}`)
    return [
      ...[500, 501, 250, 251].flatMap((length) =>
        ['x', 'é', '日', '🛒'].map((each) => detail(each.repeat(length))),
      ),
      ...['\ud800', '\udc00\ud800', 'a\ud83d', '\ud83d\ude00', '\u0000', '\u007f', '"\\/\b', '\u2028'].map(
        detail,
      ),
      text.replace('}', `,"detail":"\ufffe\uffff\u0085"}`),
      text.replace('}', ',"amount":-2147483648,"sku":"A1","basket_id":"B1"}'),
      text.replace('}', ',"sku":"Z9"}'),
      text.replace('}', ',"cashier_id":null}'),
    ]
  }
  const sent = (...lines: unknown[]) =>
    text.replace(/"lines":\[.*\]/, () => `"lines":${JSON.stringify(lines)}`)
  const raw = (lines: string) => text.replace(/"lines":\[.*\]/, () => `"lines":${lines}`)
  const at = (ms: number) => new Date(NOW + ms).toISOString()
  const scan = (ms: number, overrides = {}) => line({ scanned_at: at(ms), ...overrides })
  const good = JSON.stringify(line())
  const odd = '{ "line_no": 2,"sku":"A\\u0031", "note": "]},{", "quantity":  1.50 }'
  const deep = '['.repeat(5_000) + ']'.repeat(5_000)
  return [
    sent(scan(0), scan(0), scan(1_100), scan(1_101), scan(2_201), scan(2_202)),
    sent(scan(500), scan(0), scan(1_600), scan(-600), scan(-601)),
    sent(scan(0), scan(400, { sku: 'A2' }), scan(900), scan(900, { discount: 1 }), scan(900, { unit: 'g' })),
    sent(scan(0), scan(10, { unit_price: 151 }), scan(20, { quantity: 1 }), scan(30, { promotion_id: 'P' })),
    sent(scan(0, { sku: 'Z1' }), scan(0, { sku: 'Z1' }), scan(0, { sku: 'POST' }), scan(0, { quantity: 0 })),
    sent(...Array.from({ length: 40 }, (_, index) => scan(300 * (index % 11)))),
    sent(...Array.from({ length: 5_000 }, () => scan(0))),
    sent(...Array.from({ length: 5_001 }, () => scan(0))),
    sent(...[30, 29, 31, 750, 751, 1].map((unit_price) => line({ sku: 'A91', unit_price }))),
    sent(...[100, 180, 179, 4_500, 4_501].map((unit_price) => line({ sku: 'A92', unit: 'g', unit_price }))),
    sent(line({ sku: 'A92', unit: 'each', unit_price: 1 }), line({ sku: 'A93', unit_price: 1 })),
    sent(
      ...[1, 2, 499, 500, 501, 1_499, 1_500].map((quantity) => line({ quantity, unit: 'g', unit_price: 1 })),
    ),
    sent(
      ...[1, 333, 999_999, 1_000_000, 1_000_001].map((quantity) =>
        line({ quantity, unit: 'ml', unit_price: 10_000_000 }),
      ),
    ),
    sent(...[100_000, 100_001].map((quantity) => line({ quantity, unit_price: 20_000 }))),
    sent(line({ quantity: 100_000, unit_price: 20_001 }), line({ quantity: 1, unit_price: 10_000_000 })),
    sent(line({ unit_price: 10_000_001 }), line({ unit_price: 2_147_483_647, quantity: 100_000 })),
    sent(line({ quantity: 2_147_483_647, unit_price: 2_147_483_647 }), line({ unit_price: -2_147_483_648 })),
    sent(
      line({ discount: 300 }),
      line({ discount: 301 }),
      line({ discount: -1 }),
      line({ unit_price: 0, discount: 0 }),
    ),
    sent(
      null,
      1,
      'x',
      [],
      {},
      { sku: 5 },
      { sku: 'A1' },
      { sku: '🛒'.repeat(40) },
      { sku: `${'x'.repeat(63)}🛒` },
    ),
    sent({ ...line(), sku: 'no spaces' }, { ...line(), sku: 'A\n' }, { ...line(), colour: 'red' }, line()),
    sent(
      { ...line(), scanned_at: '2026-02-30T10:00:00.000Z' },
      { ...line(), scanned_at: '1999-12-31T10:00:00.000Z' },
      line(),
    ),
    sent({ ...line(), line_no: 0 }, { ...line(), unit: 'kg' }, { ...line(), promotion_id: null }),
    sent({ ...line(), note: '🛒'.repeat(200) }, line()),
    raw(`[${good} , ${odd}\n,\t${good}]`),
    raw(`[${good},${odd}],"lines":[${good}]`),
    raw(`[${good}],"lines":[${odd},${good.replace('150', '0')},${good}]`),
    raw(`[${good.replace('150', '0')}],"lines":[${good.replace('150', '-1')},${good}]`),
    raw(`[${good}],"lines":5`),
    raw(`5,"lines":[${good.replace('150', '0')}]`),
    raw(`[${good}],"l\\u0069nes":[${good.replace('150', '0')},${good}]`),
    raw(`[${good.replace('{', `{"x":${deep},`)},${good}]`),
    raw(`[${deep},${good}]`),
    raw(`[${good.replace('"A1"', '"A\\u0031"').replace('150', '0')},${good}]`),
    raw(`[${good.replace(',', ' ,\n').replace('150', '0')} ,${good}]`),
    raw(`[${good},]`),
    raw(`[,${good}]`),
    raw('{}'),
    raw('[[]]'),
    JSON.stringify({ lines: [1, 2, 3] }),
    sent(line()).replace('2026-01-05', '1970-01-05'),
    sent(line(), line(), line()).replace('"S1"', '"S9"'),
    text.replace('"sale"', '"return"'),
    sent(scan(0, { discount: 300 }), scan(5_000), scan(9_000, { unit: 'g', quantity: 333 })).replace(
      '"sale"',
      '"return"',
    ),
  ]
}

/** Blocks of so many messages, judged in batches of any size. */
export function blocksOf(topic: EventTopic, count: number, seed: number): Blocks {
  const random = randomOf(seed)
  const texts = fc.sample(messageText(topic), { numRuns: Math.ceil(count / 2), seed })
  let number = 0
  const id = () => {
    number++
    // Some come again, soon or later.
    return `M${random(8) === 0 ? random(number) : number}`
  }
  const values = [
    ...edges(topic).map((value) =>
      typeof value === 'string' ? Buffer.from(value.replaceAll('"ID"', `"${id()}"`)) : value,
    ),
    ...texts.map((text) => Buffer.from(text)),
    ...Array.from({ length: Math.floor(count / 2) }, () => mutant(topic, id(), random)),
  ]
  const messages = shuffled(values, random).map((value, index): Sent => {
    const other = random(5)
    return {
      value:
        value && other < 2
          ? Buffer.from(value.toString('latin1').replace('"S1"', `"S${2 + other}"`), 'latin1')
          : value,
      headers: headersOf(topic, random),
      timestamp: NOW + index,
    }
  })
  const blocks: Blocks = []
  for (let at = 0; at < messages.length; ) {
    const block: Sent[][] = []
    for (let batches = 1 + random(4); batches > 0 && at < messages.length; batches--) {
      const size = 1 + random([1, 50, 4_000][random(3)]!)
      block.push(messages.slice(at, at + size))
      at += size
    }
    blocks.push(block)
  }
  return blocks
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = random(at + 1)
    ;[mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!]
  }
  return mixed
}
