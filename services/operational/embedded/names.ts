/**
 * All connections share the one session that PGlite has, and with it the names of prepared statements and portals.
 * Here each connection gets names of its own: drivers call theirs the same (`S_1`).
 */
import { encode, type Message } from './messages.ts'

export interface Names {
  /** The message with the names that the database knows them by. */
  toDatabase(message: Message): Buffer
  /** Closes what the connection has left prepared. */
  closing(): Buffer[]
}

export function createNames(connection: number): Names {
  const prepared = new Set<string>()
  // Those without a name live for the messages up to the next Sync, which nobody else comes between.
  const own = (name: string) => (name === '' ? '' : `${connection}/${name}`)

  return {
    toDatabase({ type, bytes }) {
      const kind = String.fromCharCode(bytes[5] ?? 0)
      const [first, afterFirst] = stringAt(bytes, type === 'D' || type === 'C' ? 6 : 5)
      switch (type) {
        case 'P':
          if (first === '') return bytes
          prepared.add(own(first))
          return encode('P', own(first), bytes.subarray(afterFirst))
        case 'B': {
          const [statement, after] = stringAt(bytes, afterFirst)
          if (first === '' && statement === '') return bytes
          return encode('B', own(first), own(statement), bytes.subarray(after))
        }
        case 'E':
          return first === '' ? bytes : encode('E', own(first), bytes.subarray(afterFirst))
        case 'D':
        case 'C':
          if (first === '') return bytes
          if (type === 'C' && kind === 'S') prepared.delete(own(first))
          return encode(type, Buffer.from(kind), own(first))
        default:
          return bytes
      }
    },
    closing: () => [...prepared].map((name) => encode('C', Buffer.from('S'), name)),
  }
}

/** @returns the text, and where what follows it begins */
function stringAt(bytes: Buffer, from: number): [string, number] {
  const end = bytes.indexOf(0, from)
  return end < 0 ? ['', bytes.length] : [bytes.subarray(from, end).toString('utf8'), end + 1]
}
