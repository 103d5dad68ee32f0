import { ClickHouseError } from '@shelfcast/warehouse/client'
import { afterEach, expect, test } from 'vitest'
import { absentWarehouse, buildTestServer } from '../../../test/api/fixture.ts'
import { operationalError, warehouseError } from './errors.ts'
import type { App } from './schemas.ts'

let app: App | undefined
afterEach(async () => app?.close())

/** The API over a warehouse that answers every question with an error. */
async function liveOver(error: Error) {
  const query = async () => {
    throw error
  }
  app = await buildTestServer({ warehouse: Object.assign(absentWarehouse(), { query }) })
  const answer = await app.inject({ url: '/api/v1/live', headers: { host: 'localhost' } })
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], ...answer.json() }
}
const refusal = (code: string) => new ClickHouseError({ message: 'as told', code, type: 'A_TYPE' })

test.each([
  ['too many questions at once', refusal('202'), 'warehouse_busy'],
  ['no memory left', refusal('241'), 'warehouse_busy'],
  ['a question that takes too long', refusal('159'), 'warehouse_busy'],
  ['a lost socket of its own', refusal('210'), 'warehouse_unavailable'],
  ['a wrong password', refusal('516'), 'warehouse_unavailable'],
  ['no table', refusal('60'), 'warehouse_not_migrated'],
  [
    'nobody at the port',
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    'warehouse_unavailable',
  ],
  ['no answer', new Error('Timeout error.'), 'warehouse_unavailable'],
])('of the warehouse, %s is 503, and says when to ask again', async (_, error, code) => {
  expect(await liveOver(error)).toEqual({
    status: 503,
    retryAfter: '5',
    error: code,
    message: expect.stringMatching(/(ask again|as told)/),
  })
})

test.each([
  ['a value that does not fit', refusal('457')],
  ['SQL that is wrong', refusal('62')],
  ['an error of code', new RangeError('Invalid time value')],
])('%s is a mistake of ours: 500, without what it says', async (_, error) => {
  expect(warehouseError(error)).toBe(error)
  const answer = await liveOver(error)
  expect(answer).toMatchObject({ status: 500, error: 'internal' })
  expect(answer.message).not.toContain(error.message)
})

test.each([
  ['starting', { code: '57P03' }, 'the database system is starting up'],
  ['full', { code: '53300' }, 'sorry, too many clients already'],
  ['broken off', {}, 'Connection terminated unexpectedly'],
  ['away', { code: 'ECONNREFUSED' }, 'connect ECONNREFUSED'],
])('an operational store that is %s is 503', (_, more, message) => {
  expect(operationalError(Object.assign(new Error(message), more))).toMatchObject({
    statusCode: 503,
    code: 'operational_unavailable',
  })
})

test('a statement that the operational store refuses is a mistake of ours', () => {
  const error = Object.assign(new Error('invalid byte sequence'), { code: '22021' })
  expect(operationalError(error)).toBe(error)
})
