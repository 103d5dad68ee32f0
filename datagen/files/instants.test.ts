import { describe, expect, test } from 'vitest'
import { createInstantReader, createTimeReader } from './instants.ts'

const utc = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())

test('local time follows the summer time of its zone', () => {
  const read = createInstantReader('yyyy-MM-dd HH:mm:ss', 'Europe/London')
  expect(utc(read('2010-12-01 08:26:00'))).toBe('2010-12-01T08:26:00.000Z')
  expect(utc(read('2011-07-01 08:26:00'))).toBe('2011-07-01T07:26:00.000Z')
  // Clocks went from 01:00 to 02:00 on 27 March, and 30 October had 01:30 twice.
  expect(utc(read('2011-03-27 01:30:00'))).toBe('2011-03-27T01:30:00.000Z')
  expect(utc(read('2011-10-30 01:30:00'))).toBe('2011-10-30T00:30:00.000Z')
})

test('dates that do not exist are no time', () => {
  const read = createInstantReader('d/M/yyyy H:mm', 'UTC')
  expect(utc(read('1/12/2010 8:26'))).toBe('2010-12-01T08:26:00.000Z')
  expect(read('31/2/2011 8:26')).toBeUndefined()
  expect(read('2011-02-03')).toBeUndefined()
})

test('iso keeps its own offset, and takes the zone where it has none', () => {
  const read = createInstantReader('iso', 'America/New_York')
  expect(utc(read('2017-01-01T12:30:27Z'))).toBe('2017-01-01T12:30:27.000Z')
  expect(utc(read('2017-01-01T12:30:27+02:00'))).toBe('2017-01-01T10:30:27.000Z')
  expect(utc(read('2017-01-01T12:30:27'))).toBe('2017-01-01T17:30:27.000Z')
  expect(read('2017-02-30T12:30:27Z')).toBeUndefined()
})

test('epochs are read in seconds or milliseconds', () => {
  expect(createInstantReader('epoch_s', 'UTC')('1483273827')).toBe(1_483_273_827_000)
  expect(createInstantReader('epoch_ms', 'UTC')('1483273827123')).toBe(1_483_273_827_123)
})

test('a format or zone that is none is refused by name', () => {
  expect(() => createInstantReader('dd.EEE.yy', 'UTC')).toThrow('Time format "dd.EEE.yy"')
  expect(() => createInstantReader('iso', 'Europe/Londn')).toThrow('Time zone "Europe/Londn"')
})

describe('what stands behind a time is honoured, or refused', () => {
  const read = createTimeReader('iso', 'Europe/Paris')
  test.each([
    ['2026-07-01 09:15:00+00', '09:15'],
    ['2026-07-01 09:15:00Z', '09:15'],
    ['2026-07-01T09:15:00z', '09:15'],
    ['2026-07-01 09:15:00   Z', '09:15'],
    ['2026-07-01 09:15:00 UTC', '09:15'],
    ['2026-07-01 09:15:00 GMT', '09:15'],
    ['2026-07-01 09:15:00+00:00:00', '09:15'],
    ['2026-07-01 09:15:00-03', '12:15'],
    ['2026-07-01 09:15:00\u221203:00', '12:15'],
    ['2026-07-01 09:15:00+0530', '03:45'],
    ['2026-07-01 09:15:00+05:30', '03:45'],
    ['2026-07-01 09:15:00+5:30', '03:45'],
    ['2026-07-01 09:15:00 +0200', '07:15'],
    ['2026-07-01 09:15:00 GMT+2', '07:15'],
    ['2026-07-01 09:15:00.0000000 +02:00', '07:15'],
    ['2026-07-01T09:15:00[Europe/London]', '08:15'],
    ['2026-07-01T09:15:00+02:00[Europe/Paris]', '07:15'],
    ['2026-07-01 09:15:00 America/New_York', '13:15'],
    ['2026-07-01 09:15:00 Europe/Paris CEST', '07:15'],
    ['2026-07-01 09:15:00 CEST', '07:15'],
    ['2026-07-01 09:15:00 MESZ', '07:15'],
    ['20260701T091500Z', '09:15'],
    ['2026-07-01 09:15:00', '07:15'],
    ['2026-07-01 09:15', '07:15'],
  ])('%s is %s UTC', (text, time) => {
    expect(utc(read(text) as number)).toBe(`2026-07-01T${time}:00.000Z`)
  })

  test('an abbreviation or an offset tells the two hours of autumn apart', () => {
    expect(utc(read('2026-10-25 02:30:00 CEST') as number)).toBe('2026-10-25T00:30:00.000Z')
    expect(utc(read('2026-10-25 02:30:00 CET') as number)).toBe('2026-10-25T01:30:00.000Z')
    expect(utc(read('2026-10-25T02:30:00+01:00[Europe/Paris]') as number)).toBe('2026-10-25T01:30:00.000Z')
  })

  test.each([
    ['2026-07-01 09:15:00 EST', '"EST" is not what the clocks of Europe/Paris were at'],
    ['2026-12-01 09:15:00 CEST', '"CEST" is not what'],
    ['2026-07-01T09:15:00+01:00[Europe/Paris]', 'contradicts itself'],
    ['2026-07-01 09:15:00 Europe/Pariss', 'no time zone "Europe/Pariss"'],
    ['2026-07-01 09:15:00[u-ca=hebrew]', 'no time zone "u-ca=hebrew"'],
    ['2026-07-01 09:15:00+19', 'no place has the offset +19'],
    ['2026-07-01 09:15:00 at noon', 'no offset'],
    ['2026-07-01 09:15:00 PM', '12 hours'],
    ['2026-02-30 09:15:00Z', 'no such day'],
    ['46204.385416', "day number of Excel's"],
    ['46204', "day number of Excel's"],
    ['2026-W27-3', 'a week is no day'],
    ['1782890100', 'no ISO date'],
    ['01/07/2026 09:15', 'no ISO time'],
    ['', 'empty'],
    [`2026-07-01 ${' '.repeat(200)}09:15`, 'too long'],
  ])('%s is refused', (text, words) => {
    expect(read(text)).toMatchObject({ fault: expect.stringContaining(words), fix: expect.any(String) })
  })
})

test.each([
  ['dd/MM/yyyy HH:mm', '01/07/2026 09:15 +02', '2026-07-01T07:15'],
  ['dd/MM/yyyy HH:mm', '01/07/2026 09:15Z', '2026-07-01T09:15'],
  ['M/d/yyyy h:mm a', '7/1/2026 9:15 PM', '2026-07-01T21:15'],
  ['M/d/yyyy h:mm a', '7/1/2026 12:15 a.m.', '2026-07-01T00:15'],
  ['dd-MMM-yy HH:mm', '01-JUL-26 09:15', '2026-07-01T09:15'],
  ['d MMM yyyy', '1 juillet 2026', '2026-07-01T00:00'],
  ['dd.MM.yy', '01.07.26', '2026-07-01T00:00'],
])('%s reads %s', (format, text, time) => {
  expect(utc(createTimeReader(format, 'UTC')(text) as number)).toBe(`${time}:00.000Z`)
})

test.each([
  ['dd/MM/yyyy HH:mm', '01/07/2026 09:15:33', 'not written as dd/MM/yyyy HH:mm'],
  ['dd/MM/yyyy HH:mm', '07/13/2026 09:15', 'no month 13'],
  ['dd/MM/yyyy', '01/07/2026 09:15', 'follows the dd/MM/yyyy'],
  ['M/d/yyyy h:mm a', '7/1/2026 13:15 PM', 'no such hour of 12'],
  ['d MMM yyyy', '1 Xyz 2026', '"Xyz" is no month'],
])('%s refuses %s', (format, text, words) => {
  expect(createTimeReader(format, 'UTC')(text)).toMatchObject({ fault: expect.stringContaining(words) })
})

test.each(['dMdMdMyyyyMdMdMdMd', 'dd/MM/yyyy HH:mm a', 'dd/MM/yyyy hh:mm', `dd/MM/yyyy${'.'.repeat(60)}`])(
  'the format %s is refused',
  (format) => {
    expect(() => createTimeReader(format, 'UTC')).toThrow('Time format')
  },
)
