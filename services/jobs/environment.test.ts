import { ConnectorEnvironment } from '@shelfcast/platform/parts/jobs'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { expect, test } from 'vitest'
import { connectorsOf, emptyIsOff } from './environment.ts'

const read = (source: NodeJS.ProcessEnv) =>
  connectorsOf(readEnvironment(ConnectorEnvironment, emptyIsOff(source)))

test('the public services are the default; an empty address or "off" turns one off', () => {
  expect(read({ NAGER_URL: '', WORLD_BANK_URL: 'off' })).toEqual({
    OPEN_METEO_URL: new URL('https://api.open-meteo.com'),
    OPEN_METEO_ARCHIVE_URL: new URL('https://archive-api.open-meteo.com'),
    NAGER_URL: undefined,
    WORLD_BANK_URL: undefined,
  })
})

test('plain http goes to this machine only, and no secret into an address', () => {
  expect(read({ NAGER_URL: 'http://127.0.0.1:1234/mirror' }).NAGER_URL?.port).toBe('1234')
  for (const address of [
    'http://date.nager.at',
    'https://me:word@date.nager.at',
    'https://date.nager.at?key=1',
    'nager',
  ]) {
    expect(() => read({ NAGER_URL: address })).toThrow(`NAGER_URL is "${address}". Use an https address`)
  }
})
