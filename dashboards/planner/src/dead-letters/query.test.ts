import type { DeadLetterFilter } from '@shelfcast/contracts/dead-letters'
import { expect, test } from 'vitest'
import { withPart } from '#ui/address.ts'
import { addressOf, filterOf, fromLocalInput, localInput } from './query.ts'

const back = (address: string) => new URL(address, 'http://127.0.0.1').searchParams

test('an address says the filter and the dead letter, and gives both back', () => {
  const filter = {
    topic: 'pos-events',
    reason: 'unknown_store',
    store_id: 'S:1',
    from: '2026-03-01T10:00:00.000Z',
    state: 'settled',
  } as const
  const address = addressOf(filter, 'pos-events@2/0/17/0')
  expect(address).toContain('letter=pos-events@2/0/17/0')
  expect(filterOf(back(address))).toEqual(filter)
  expect(back(address).get('letter')).toBe('pos-events@2/0/17/0')
})

test('an address without a state is that of the open ones', () => {
  expect(filterOf(back('/dead-letters'))).toEqual({ state: 'open' })
  expect(addressOf({ state: 'open' })).toBe('/dead-letters')
  expect(addressOf({})).toBe('/dead-letters?state=all')
  expect(filterOf(back(addressOf({})))).toEqual({})
})

test('what is no part of a filter is left out', () => {
  expect(filterOf(back('/?reason=&colour=red&letter=x&state=all'))).toEqual({})
})

test('a time goes to its input and back', () => {
  expect(fromLocalInput(localInput('2026-03-01T10:00:00.000Z'))).toBe('2026-03-01T10:00:00.000Z')
  expect([localInput(undefined), fromLocalInput(''), localInput('yesterday')]).toEqual(['', undefined, ''])
})

test('a part of a filter is set, and taken out by an empty value', () => {
  const filter = withPart<DeadLetterFilter>({ topic: 'pos-events' }, 'reason', 'schema')
  expect(filter).toEqual({ topic: 'pos-events', reason: 'schema' })
  expect(withPart(filter, 'reason', '')).toEqual({ topic: 'pos-events' })
})
