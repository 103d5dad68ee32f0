import { describe, expect, test } from 'vitest'
import { fromPipe, type InsertHead, intoPipe, readInsert, statementOf } from './statement.ts'

describe('a normalised statement', () => {
  test.each([
    ['SELECT 1', 'select', undefined],
    ['SELECT 1 FORMAT JSON', 'select', 'JSON'],
    ['SELECT 1 FORMAT `Null`', 'select', 'Null'],
    ['(SELECT 1) UNION ALL (SELECT 2)', 'select', undefined],
    ['SELECT a FROM t SETTINGS max_threads = 1 FORMAT TSV SETTINGS max_threads = 2', 'select', 'TSV'],
    ['WITH 1 AS x SELECT x', 'select', undefined],
    ["SELECT 'FORMAT CSV'", 'select', undefined],
    ['INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x', 'insert', undefined],
    ['SHOW TABLES', 'show', undefined],
  ])('%j is of kind %s with format %s', (sql, kind, format) => {
    expect(statementOf(sql)).toMatchObject({ kind, format })
  })

  test.each(["SELECT 1 INTO OUTFILE 'x'", "INSERT INTO t FROM INFILE 'x' FORMAT CSV"])(
    '%j is refused',
    (sql) => {
      expect(() => statementOf(sql)).toThrow(/command-line clients/)
    },
  )

  test('the result goes to a pipe before format and settings', () => {
    const target = "INTO OUTFILE '/p' TRUNCATE COMPRESSION 'none' FORMAT"
    expect(intoPipe(statementOf('SELECT 1'), '/p', 'TSV')).toBe(`SELECT 1 ${target} TSV`)
    expect(intoPipe(statementOf('SELECT 1 FORMAT JSON SETTINGS max_threads = 1'), '/p', 'JSON')).toBe(
      `SELECT 1 ${target} JSON SETTINGS max_threads = 1`,
    )
  })
})

const read = (sql: string) => readInsert(sql, true) as InsertHead

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
    expect(data.format).toBe(format)
    expect(sql.slice(data.start)).toBe(rows)
  })

  test.each(['insert into t (a) select 1', 'select 1', ''])('%j has none', (sql) => {
    expect(readInsert(sql, true)).toBe('no data')
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
    expect(readInsert(head, false)).toBeUndefined()
  })

  test('its rows are not looked at', () => {
    const head = readInsert("insert into t format Native\n'\0 unclosed", false) as InsertHead
    expect(head.data.format).toBe('Native')
  })
})
