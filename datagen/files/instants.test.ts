import { expect, test } from 'vitest'
import { createInstantReader } from './instants.ts'

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
  expect(() => createInstantReader('dd.MMM.yy', 'UTC')).toThrow('Time format "dd.MMM.yy"')
  expect(() => createInstantReader('iso', 'Europe/Londn')).toThrow('Time zone "Europe/Londn"')
})
