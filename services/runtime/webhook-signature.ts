/**
 * Signatures of messages between the platform and an ERP, as Standard Webhooks 1.0 writes them
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): HMAC-SHA256 over id,
 * time and body. Its libraries take our secret in the format `raw`: its characters are the key.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Seconds by which the clocks of both ends may differ, and how long a message may be under way. */
export const TOLERANCE_S = 300

/** Signatures that a message may carry: an old and a new secret while one takes the place of the other. */
const MOST_SIGNATURES = 10
const ID = /^[A-Za-z0-9._:-]{1,128}$/

export interface SignedMessage {
  id: string
  body: Uint8Array
  /** Seconds since 1970. */
  timestamp: number
}

export function signatureOf(secret: string, { id, timestamp, body }: SignedMessage): string {
  const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return `v1,${digest}`
}

export function signedHeaders(secret: string, message: SignedMessage): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': signatureOf(secret, message),
  }
}

/** Why a message is not taken: the end of a sentence that names what was found, and the fix. */
export interface SignatureRefusal {
  code: 'signature_missing' | 'timestamp_refused' | 'signature_refused'
  message: string
}

/**
 * Who sent the message, and when.
 * @param nowMs milliseconds since 1970
 * @returns the id of the message, or why it is refused
 */
export function verifySignature(
  secret: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: Uint8Array,
  nowMs: number,
): { id: string } | SignatureRefusal {
  const [id, time, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = headers[name]
    return typeof value === 'string' ? value : ''
  }) as [string, string, string]
  if (!ID.test(id) || time === '' || signatures === '') {
    return {
      code: 'signature_missing',
      message:
        'The message is not signed. Send webhook-id (at most 128 letters, digits, ".", "_", ":" and "-"), webhook-timestamp (seconds since 1970) and webhook-signature, each once.',
    }
  }
  const timestamp = /^\d{1,12}$/.test(time) ? Number(time) : Number.NaN
  if (!(Math.abs(nowMs / 1_000 - timestamp) <= TOLERANCE_S)) {
    return {
      code: 'timestamp_refused',
      message: `webhook-timestamp is not within ${TOLERANCE_S} s of now, ${Math.floor(nowMs / 1_000)}. Set the clock of the sender, and sign each attempt anew.`,
    }
  }
  // The time as it was sent, so that one message has one spelling.
  const expected = Buffer.from(signatureOf(secret, { id, timestamp, body }))
  const isGenuine =
    String(timestamp) === time &&
    signatures
      .split(' ', MOST_SIGNATURES)
      .map((signature) => Buffer.from(signature))
      .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected))
  if (isGenuine) return { id }
  return {
    code: 'signature_refused',
    message:
      'webhook-signature is not that of this message. Sign "ID.TIMESTAMP.BODY" with ERP_SECRET by HMAC-SHA256, and send v1, and the digest in base64.',
  }
}
