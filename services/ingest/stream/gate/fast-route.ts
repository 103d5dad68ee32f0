/**
 * The fast route: a decoder made from the shape of a topic's messages, which reads bytes into the scratch without an
 * object or a string. It takes what well-behaved senders write and turns down everything else, right or wrong, for the
 * slow route to decide; what it takes it reads as the slow route would.
 */
import type { MessageView } from '../message.ts'
import { type DecodeBytes, decoderSource } from './decoder-source.ts'
import type { Scratch } from './scratch.ts'
import type { FieldShape, MessageShape } from './shape.ts'

const NOTHING: Uint8Array = new Uint8Array()
const EMPTY_VIEW: DataView = new DataView(new ArrayBuffer(0))

/** @returns a function that says whether it took the message; where it did not, the scratch holds nothing of use */
export function createFastRoute(shape: MessageShape, scratch: Scratch): (message: MessageView) => boolean {
  const { text, values } = decoderSource(shape, scratch)
  const compile = new Function(...values.keys(), text) as (...values: unknown[]) => DecodeBytes
  const decode = compile(...values.values())
  const reach = reachOf(shape)
  // The fetched bytes serve many messages: one view of them for all.
  let fetched = NOTHING
  let bytes = NOTHING
  let view = EMPTY_VIEW
  let room = NOTHING
  let roomView = EMPTY_VIEW

  return (message) => {
    const { start, end } = message
    if (end + reach > message.bytes.length) {
      const size = end - start
      if (size + reach > room.length) {
        room = new Uint8Array(2 * (size + reach))
        roomView = new DataView(room.buffer)
      }
      room.set(message.bytes.subarray(start, end))
      // What an earlier message left behind must not go on where this one ends.
      room.fill(0, size, size + reach)
      return taken(decode(room, roomView, 0, size), room, roomView, 0, size)
    }
    if (message.bytes !== fetched) {
      fetched = message.bytes
      bytes = new Uint8Array(fetched.buffer, fetched.byteOffset, fetched.length)
      view = new DataView(fetched.buffer, fetched.byteOffset, fetched.length)
    }
    return taken(decode(bytes, view, start, end), bytes, view, start, end)
  }

  function taken(lines: number, original: Uint8Array, source: DataView, start: number, end: number): boolean {
    if (lines < 0) return false
    scratch.lineCount = lines
    scratch.source = source
    scratch.original = original
    scratch.originalStart = start
    scratch.originalEnd = end
    scratch.refusal = undefined
    if (scratch.lines) scratch.lines.faulty = false
    return true
  }
}

/** How far past the end of a message the decoder may look before it sees that it is past: bytes that must be there. */
function reachOf({ fields, lines }: MessageShape): number {
  const reach = (shapes: readonly FieldShape[]) =>
    shapes.reduce((sum, field) => sum + field.name.length + WIDEST_PUNCTUATION + widthOf(field), 0)
  return reach(fields) + (lines ? lines.name.length + WIDEST_PUNCTUATION + reach(lines.line.fields) : 0)
}

/** Comma, four quotes, colon, a bracket or brace on either side. */
const WIDEST_PUNCTUATION = 10
/** Sign and as many digits as the decoder takes, an instant, the word that is read at once beyond any of them. */
const WIDEST_NUMBER = 32

function widthOf(field: FieldShape): number {
  if (field.kind === 'choice') return Math.max(...field.choices.map((choice) => choice.length)) + 4
  // An automaton stops at the end of the message by itself.
  return field.kind === 'text' && 'run' in field ? field.run.most + 4 : WIDEST_NUMBER
}
