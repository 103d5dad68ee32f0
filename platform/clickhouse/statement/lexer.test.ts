import { literal } from '@shelfcast/warehouse/quoting'
import { describe, expect, test } from 'vitest'
import { nameOf, tokens } from './lexer.ts'

const texts = (sql: string) => [...tokens(sql)].map((token) => token.text)

describe('tokens', () => {
  test('quotes and comments hide what they hold', () => {
    expect(texts('select \'a; -- b\', "c;d" -- s3(\n, `e``f` /* ; */ # x\n, 1.5')).toEqual([
      'select',
      "'a; -- b'",
      ',',
      '"c;d"',
      ',',
      '`e``f`',
      ',',
      '1',
      '.',
      '5',
    ])
  })

  test('a quote is escaped by a backslash and by doubling', () => {
    expect(texts(String.raw`select 'a\'b', 'c''d', '\\'`)).toEqual([
      'select',
      String.raw`'a\'b'`,
      ',',
      "'c''d'",
      ',',
      String.raw`'\\'`,
    ])
  })

  test('brackets give the depth', () => {
    const depths = [...tokens('f(a[1], {b:UInt8})')].map((token) => [token.text, token.depth])
    expect(depths).toContainEqual(['a', 1])
    expect(depths).toContainEqual(['1', 2])
    expect(depths).toContainEqual(['b', 2])
    expect(depths.at(-1)).toEqual([')', 0])
  })

  test.each([
    ["select 'a", /a string that begins at position 8 is not closed/],
    ['select `a', /a quoted name/],
    ['select /* a', /a comment that begins at position 8 is not closed/],
    ['select /* /* */ 1 */ 2', /comment inside a comment/],
    ['select /*/ 1 */ 2', /comment inside a comment/],
    ['select $a$ x $a$', /dollar sign/],
    ['select \0 1', /NUL/],
    [Buffer.from('select ‘a’').toString('latin1'), /typographic quote/],
  ])('%j is refused, since the engine may cut it otherwise', (sql, message) => {
    expect(() => texts(sql)).toThrow(message)
  })
})

test('a quoted name is read without its quotes', () => {
  expect([...tokens('"a""b" `c``d` e')].map(nameOf)).toEqual(['a"b', 'c`d', 'e'])
})

test('a literal holds any text', () => {
  const written = literal(String.raw`it's \ here`)
  expect(texts(written)).toEqual([written])
  expect(written).toBe(String.raw`'it\'s \\ here'`)
})
