/** The bytes of a text file: what they are before they are read, and as text. */
import { isAscii, isUtf8 } from 'node:buffer'
import { createReadStream, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, type Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { analyse } from 'chardet'

const CHUNK_BYTES = 1 << 18
/** A file that is ASCII for so long is taken for UTF-8, which its reading makes sure of. */
const LOOKED_AT_BYTES = 1 << 29
/** From the first byte that is no ASCII: enough words of a language to know its letters by. */
const SAMPLE_BYTES = 1 << 16
/** Enough to see that every other byte is 0. */
const WIDE_BYTES = 4_000
// Below it the detector has seen a letter or two; any two bytes make a Chinese character that it has not counted out.
const LEAST_CONFIDENCE = 10
const SURE = 50

/** Files that are often named .csv and are none, by their first bytes. */
const SIGNATURES: [bytes: string, kind: string, fix: string][] = [
  ['504b0304', 'an Excel workbook or a zip archive', 'Save the sheet as CSV UTF-8, or unpack the archive'],
  ['d0cf11e0', 'an Excel workbook of the old kind', 'Save the sheet as CSV UTF-8'],
  ['25504446', 'a PDF', 'Export the sales as CSV'],
  ['50415231', 'a Parquet file', 'Export the sales as CSV'],
  ['28b52ffd', 'a zstd archive', 'Unpack it; .gz is read as it is'],
  ['fd377a58', 'an xz archive', 'Unpack it; .gz is read as it is'],
  ['425a68', 'a bzip2 archive', 'Unpack it; .gz is read as it is'],
]

const MARKS: [bytes: string, encoding: string][] = [
  ['efbbbf', 'utf-8'],
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]

export interface TextFile {
  path: string
  gzip: boolean
  /** As TextDecoder names it. */
  encoding: string
  /** How the encoding is known. */
  by: 'mark' | 'bytes' | 'guess' | 'mapping'
  /** How the text begins. */
  head: string
}

/**
 * @param encoding overrides what is detected
 * @throws where the file is missing, or no text
 */
export async function probeText(path: string, encoding?: string): Promise<TextFile> {
  checkFile(path)
  const gzip = await isGzip(path)
  const { head, sample } = await firstBytes(path, gzip)
  const hex = head.subarray(0, 4).toString('hex')
  const signature = SIGNATURES.find(([bytes]) => hex.startsWith(bytes))
  if (signature) throw new Error(`${path}: it is ${signature[1]}, no CSV. ${signature[2]}.`)
  const detected = detect(hex, head, sample)
  const used = encoding === undefined ? detected : { encoding, by: 'mapping' as const }
  const text = new TextDecoder(used.encoding).decode(head, { stream: true })
  if (/^\s*<(\?xml|!doctype|html|table)/i.test(text)) {
    throw new Error(`${path}: it is HTML or XML, no CSV. Open it in a spreadsheet and save it as CSV UTF-8.`)
  }
  if (text.slice(0, WIDE_BYTES).includes('\0')) {
    throw new Error(
      `${path}: it holds NUL characters and is no text${encoding ? ` in ${encoding}` : ''}. Export it as CSV UTF-8, ` +
        'or give its encoding in the mapping (file.encoding).',
    )
  }
  return { path, gzip, ...used, head: text }
}

/** The encoding by its usual names, latin-1 and cp1252 among them. @returns undefined where it is none that can be read */
export function encodingNamed(name: string): string | undefined {
  const usual = name
    .trim()
    .toLowerCase()
    .replace(/^latin-/, 'latin')
    .replace(/^windows_?(?=\d)/, 'windows-')
  try {
    return new TextDecoder(usual).encoding
  } catch {
    return undefined
  }
}

/** Its text as a stream of UTF-8. Errors surface where it is read. */
export function readText(
  { path, gzip, encoding }: TextFile,
  into: NodeJS.ReadWriteStream,
): NodeJS.ReadWriteStream {
  const streams: (NodeJS.ReadableStream | NodeJS.ReadWriteStream)[] = [bytesOf(path)]
  if (gzip) streams.push(createGunzip())
  streams.push(decoder(path, encoding), into)
  return pipeline(streams, () => {}) as NodeJS.ReadWriteStream
}

function decoder(path: string, encoding: string): Transform {
  const strict = new TextDecoder(encoding, { fatal: true })
  let line = 1
  const decode = (chunk: Buffer | undefined): string => {
    try {
      const text = strict.decode(chunk, { stream: chunk !== undefined })
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line++
      return text
    } catch {
      const lenient = new TextDecoder(encoding).decode(chunk)
      const before = lenient.slice(0, Math.max(0, lenient.indexOf('\uFFFD')))
      const wrong = line + before.split('\n').length - 1
      throw new Error(
        `${path} line ${wrong}: the bytes are not ${encoding}. Give the encoding of the whole file in the mapping ` +
          '(file: { encoding: windows-1252 }), or export it as CSV UTF-8.',
      )
    }
  }
  const push = (chunk: Buffer | undefined, done: (error: Error | null, text?: string) => void) => {
    try {
      done(null, decode(chunk))
    } catch (error) {
      done(error as Error)
    }
  }
  return new Transform({
    encoding: 'utf8',
    decodeStrings: false,
    transform: (chunk: Buffer, _encoding, done) => push(chunk, done),
    flush: (done) => push(undefined, done),
  })
}

function detect(hex: string, head: Buffer, sample: Buffer): Pick<TextFile, 'encoding' | 'by'> {
  const mark = MARKS.find(([bytes]) => hex.startsWith(bytes))
  if (mark) return { encoding: mark[1], by: 'mark' }
  const wide = utf16(head)
  if (wide) return { encoding: wide, by: 'bytes' }
  if (isUtf8(wholeCharacters(sample))) return { encoding: 'utf-8', by: 'bytes' }
  return { encoding: guess(sample), by: 'guess' }
}

/** Excel's "Unicode text" without its mark: every other byte of what is mostly ASCII is 0. */
function utf16(head: Buffer): string | undefined {
  const zeros = [0, 0]
  const length = Math.min(head.length, WIDE_BYTES)
  for (let at = 0; at < length; at++) if (head[at] === 0) zeros[at % 2]!++
  if (zeros[1]! > length * 0.3 && zeros[0] === 0) return 'utf-16le'
  return zeros[0]! > length * 0.3 && zeros[1] === 0 ? 'utf-16be' : undefined
}

/**
 * The detector knows scripts apart, but not the languages that share Latin letters: two files of one shop would be read
 * as different ones. Most of those are windows-1252; the others need the mapping.
 */
function guess(sample: Buffer): string {
  // What is ASCII around them (digits, codes, dates) would only look western.
  const words = sample.toString('latin1').match(/[^,;|\t\r\n"]*[\x80-\xff][^,;|\t\r\n"]*/g) ?? []
  const best = analyse(Buffer.from(words.join('\n'), 'latin1'))[0]
  if (!best || LATIN.test(best.name)) return 'windows-1252'
  if (best.confidence < (EAST_ASIAN.test(best.name) ? SURE : LEAST_CONFIDENCE)) return 'windows-1252'
  return encodingNamed(best.name) ?? 'windows-1252'
}

const EAST_ASIAN = /^(Shift_JIS|EUC|GB|Big5|ISO-2022)/
const LATIN = /^(windows-125[0247]|ISO-8859-[12349]|ISO-8859-1[03456])$/

/** A sample ends anywhere; a UTF-8 character that it cuts is no fault. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte >= 0xc0) return bytes.subarray(0, -back)
    if (byte < 0x80) break
  }
  return bytes
}

/** How the file begins, and a sample from where it stops being ASCII; of an ASCII file all is read. */
async function firstBytes(path: string, gzip: boolean): Promise<{ head: Buffer; sample: Buffer }> {
  const file = bytesOf(path)
  const bytes: Readable = gzip ? pipeline(file, createGunzip(), () => {}) : file
  let head: Buffer | undefined
  const sample: Buffer[] = []
  let sampled = 0
  let seen = 0
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      if (head === undefined || head.length < CHUNK_BYTES) {
        head = Buffer.concat([head ?? Buffer.alloc(0), chunk]).subarray(0, CHUNK_BYTES)
      }
      // UTF-16, or no text: nothing further on says more.
      if (head.length >= WIDE_BYTES && chunk.includes(0)) break
      seen += chunk.length
      if (seen > LOOKED_AT_BYTES) break
      if (sampled === 0 && isAscii(chunk)) continue
      const begin = sampled > 0 ? 0 : Math.max(0, chunk.findIndex((byte) => byte >= 0x80) - 200)
      sample.push(chunk.subarray(begin))
      sampled += chunk.length - begin
      if (sampled >= SAMPLE_BYTES && head.length >= Math.min(CHUNK_BYTES, SAMPLE_BYTES)) break
    }
  } catch (error) {
    throw readable(path, error)
  } finally {
    file.destroy()
  }
  return { head: head ?? Buffer.alloc(0), sample: Buffer.concat(sample).subarray(0, 4 * SAMPLE_BYTES) }
}

/** What node says of a file that breaks while it is read, in words. */
export function readable(path: string, error: unknown): unknown {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
    return new Error(`${path}: the gzip data is damaged (${error.message}). Fetch the file again.`)
  }
  return error
}

/** @throws where there is no such file, or it cannot be read twice */
export function checkFile(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new Error(`${path}: no such file. Check the path; .gz and plain files are read.`)
  if (!stat.isFile())
    throw new Error(`${path}: it is no file. Give a file; it is read twice, so no pipe either.`)
}

export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

export function bytesOf(path: string): Readable {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES })
}
