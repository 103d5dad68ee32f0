/** PostgreSQL's frontend/backend protocol 3, as far as a server in front of an embedded PostgreSQL has to know it. */

/** Of whatever a client sends: more than a manifest of a model could ever be. */
const MAX_MESSAGE_BYTES = 64 * 2 ** 20
/** Before a password was checked. */
const MAX_OPENING_BYTES = 16 * 1024

const CANCEL_REQUEST = 80_877_102
const ENCRYPTION_REQUESTS = [80_877_103, 80_877_104]

/** A whole message with its type, as it came. */
export interface Message {
  type: string
  bytes: Buffer
}

/** The first thing that a client says. */
export type Opening =
  | { kind: 'encryption' }
  | { kind: 'cancel' }
  | { kind: 'startup'; minor: number; parameters: Map<string, string> }

export class ProtocolFault extends Error {
  override name = 'ProtocolFault'
}

/** Cuts the bytes of a connection into messages. */
export function createReader() {
  let waiting: Buffer = Buffer.alloc(0)
  const take = (length: number) => {
    const taken = waiting.subarray(0, length)
    waiting = waiting.subarray(length)
    return taken
  }
  return {
    add(chunk: Buffer) {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    },
    /** The next message that has no type, or undefined until it is whole. */
    opening(): Opening | undefined {
      if (waiting.length < 8) return undefined
      const length = waiting.readInt32BE(0)
      if (length < 8 || length > MAX_OPENING_BYTES)
        throw new ProtocolFault('This port speaks the protocol of PostgreSQL, and that was something else.')
      if (waiting.length < length) return undefined
      const code = waiting.readInt32BE(4)
      const body = take(length).subarray(8)
      if (code === CANCEL_REQUEST) return { kind: 'cancel' }
      if (ENCRYPTION_REQUESTS.includes(code)) return { kind: 'encryption' }
      if (code >> 16 !== 3)
        throw new ProtocolFault(`Protocol ${code >> 16}.${code & 0xffff} is not known. Use protocol 3.`)
      const words = body.toString('utf8').split('\0')
      const parameters = new Map<string, string>()
      for (let at = 0; at + 1 < words.length && words[at] !== ''; at += 2)
        parameters.set(words[at]!, words[at + 1]!)
      return { kind: 'startup', minor: code & 0xffff, parameters }
    },
    /** The next message, or undefined until it is whole. */
    message(isSignedIn: boolean): Message | undefined {
      if (waiting.length < 5) return undefined
      const length = waiting.readInt32BE(1)
      if (length < 4 || length > (isSignedIn ? MAX_MESSAGE_BYTES : MAX_OPENING_BYTES))
        throw new ProtocolFault(`A message of ${length} bytes is not taken.`)
      if (waiting.length < length + 1) return undefined
      const bytes = take(length + 1)
      return { type: String.fromCharCode(bytes[0]!), bytes }
    },
  }
}

export function encode(type: string, ...fields: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    fields.map((field) => (typeof field === 'string' ? Buffer.from(`${field}\0`, 'utf8') : field)),
  )
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** An error after which the connection is closed. */
export function fatal(code: string, message: string): Buffer {
  return encode('E', 'SFATAL', 'VFATAL', `C${code}`, `M${message}`, Buffer.from([0]))
}

export const ASK_FOR_PASSWORD = encode('R', int32(3))

/** What follows a right password. */
export function welcome(settings: ReadonlyMap<string, string>, connection: number): Buffer {
  return Buffer.concat([
    encode('R', int32(0)),
    ...[...settings].map(([name, value]) => encode('S', name, value)),
    // No query can be cancelled, so the key opens nothing.
    encode('K', int32(connection), int32(0)),
    encode('Z', Buffer.from('I')),
  ])
}

/** Tells a client that asked for protocol 3.x that it is spoken to in 3.0. */
export const ONLY_3_0 = encode('v', int32(0), int32(0))

export function textOf(message: Message): string {
  return message.bytes.subarray(5, message.bytes.indexOf(0, 5)).toString('utf8')
}

/** After these the server answers: a query, a function call, Sync, Flush. */
export const ANSWERED = ['Q', 'F', 'S', 'H']

/** Whether the answer ends outside of a transaction; undefined where it does not end with that at all. */
export function endsIdle(answer: Buffer): boolean | undefined {
  const at = answer.length - 6
  if (at < 0 || answer[at] !== 0x5a || answer.readInt32BE(at + 1) !== 5) return undefined
  return answer[at + 5] === 0x49
}
