import { expect, test } from 'vitest'
import { signatureOf, signedHeaders, verifySignature } from './webhook-signature.ts'

const NOW = 1_614_265_330_000
const body = Buffer.from('{"test": 2432232314}')
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body }

test('the signature is that of Standard Webhooks', () => {
  // The example of the specification's reference libraries: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, whose bytes are the key.
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  expect(signatureOf(key as unknown as string, message)).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

const headers = signedHeaders('a-secret-of-both', message)
const verify = (changes: Record<string, string | string[] | undefined> = {}, bytes = body, now = NOW) =>
  verifySignature('a-secret-of-both', { ...headers, ...changes }, bytes, now)

test('a signed message is known by its id, also beside the signature of another secret', () => {
  expect(verify()).toEqual({ id: message.id })
  expect(verify({ 'webhook-signature': `v1,abc v1a,x ${headers['webhook-signature']}` })).toEqual({
    id: message.id,
  })
})

test('what is changed of a message is refused', () => {
  const codes = [
    verify({ 'webhook-id': 'msg_other' }),
    verify({ 'webhook-timestamp': '1614265331' }),
    verify({ 'webhook-timestamp': '01614265330' }),
    verify({}, Buffer.from('{"test": 2432232315}')),
    verify({ 'webhook-signature': 'v1,' }),
    verify({ 'webhook-signature': headers['webhook-signature']!.slice(3) }),
    verifySignature('another-secret', headers, body, NOW),
  ].map((answer) => 'code' in answer && answer.code)
  expect(codes).toEqual(codes.map(() => 'signature_refused'))
})

test('a message of another time is refused, however it was signed', () => {
  expect(verify({}, body, NOW + 300_000)).toEqual({ id: message.id })
  expect(verify({}, body, NOW - 300_000)).toEqual({ id: message.id })
  expect(verify({}, body, NOW + 300_001)).toMatchObject({ code: 'timestamp_refused' })
  expect(verify({}, body, NOW - 300_001)).toMatchObject({ code: 'timestamp_refused' })
  for (const time of ['NaN', '-1', '1e9', ' 1614265330', '9'.repeat(40)])
    expect(verify({ 'webhook-timestamp': time })).toMatchObject({ code: 'timestamp_refused' })
})

test('a message without its three headers is not signed', () => {
  for (const name of Object.keys(headers)) {
    for (const value of [undefined, '', ['a', 'b']])
      expect(verify({ [name]: value })).toMatchObject({ code: 'signature_missing' })
  }
  expect(verify({ 'webhook-id': 'a b' })).toMatchObject({ code: 'signature_missing' })
})
