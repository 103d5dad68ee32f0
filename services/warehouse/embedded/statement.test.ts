import { describe, expect, test } from 'vitest'
import { fromPipe, intoPipe, readStatement } from './statement.ts'

const read = (sql: string) => readStatement(sql, true)!

describe('a query', () => {
  test.each([
    ['select 1', 'select', undefined],
    ['select 1 format JSON', 'select', 'JSON'],
    ['(select 1) format CSV;', 'select', 'CSV'],
    ['from t select a format TSV settings max_threads = 1', 'select', 'TSV'],
    ['with 1 as x select x', 'select', undefined],
    ["select 'format CSV'", 'select', undefined],
    ['select format from t', 'select', undefined],
    ['with x as (select 1) insert into t select * from x', 'insert', undefined],
    ['/* note */ show tables', 'show', undefined],
  ])('%j is of kind %s with format %s', (sql, kind, format) => {
    expect(read(sql)).toMatchObject({ kind, format, data: undefined })
  })

  test('a second statement is refused, an empty one is not', () => {
    expect(() => read('select 1; drop table t')).toThrow(/second statement begins at position 11/)
    expect(read('select 1;;').text).toBe('select 1')
  })

  test.each(["select 1 into outfile 'x'", "insert into t from infile 'x' format CSV"])(
    '%j is refused',
    (sql) => {
      expect(() => read(sql)).toThrow(/command-line clients/)
    },
  )

  test('the result goes to a pipe before format and settings', () => {
    const target = "into outfile '/p' truncate compression 'none' format"
    expect(intoPipe(read('select 1 -- one'), '/p', 'TSV')).toBe(`select 1\n${target} TSV`)
    expect(intoPipe(read('select 1 format JSON settings max_threads = 1;'), '/p', 'JSON')).toBe(
      `select 1 \n${target} JSON settings max_threads = 1`,
    )
  })
})

describe('an insert with rows', () => {
  test.each([
    ['insert into t format TSV\na\t1', 'TSV', 'a\t1'],
    ['insert into t (a, b) values (1, 2)', 'Values', '(1, 2)'],
    ['insert into d.format format CSV  x', 'CSV', 'x'],
    ['insert into values values (1)', 'Values', '(1)'],
    [
      "insert into function s3(lake, filename = 'x') settings a = 1 format JSONEachRow\r\n{}",
      'JSONEachRow',
      '{}',
    ],
    ["insert into t format TSV\n'; drop table t", 'TSV', "'; drop table t"],
  ])('%j has rows in %s: %j', (sql, format, rows) => {
    const { data } = read(sql)
    expect(data?.format).toBe(format)
    expect(sql.slice(data!.start)).toBe(rows)
  })

  test('insert from a select has none', () => {
    expect(read('insert into t (a) select 1')).toMatchObject({ kind: 'insert', data: undefined })
  })

  test('rows come from a pipe, settings stay', () => {
    expect(fromPipe(read('insert into t (a) settings x = 1 format TSV\n1'), '/p')).toBe(
      "insert into t (a)\nfrom infile '/p' compression 'none' settings x = 1 format TSV",
    )
  })

  test.each([
    '',
    'ins',
    'insert into t',
    'insert into t for',
    'insert into t format TS',
    'insert into t format TSV ',
  ])('of %j more is needed to tell', (head) => {
    expect(readStatement(head, false)).toBeUndefined()
  })

  test('its rows are not looked at', () => {
    expect(readStatement("insert into t format Native\n'\0 unclosed", false)?.data?.format).toBe('Native')
  })
})
