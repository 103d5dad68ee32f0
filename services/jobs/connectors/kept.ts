/**
 * Answers as they lie in the raw zone. The object is what the service sent, byte for byte; where it came from is in
 * the object's user metadata.
 */

import { createHash } from 'node:crypto'
import { utcDate } from '@shelfcast/contracts/dates'
import type { Lake } from '@shelfcast/runtime/lake'

const ROOT = 'connectors'

export interface KeptAnswer {
  name: string
  /** Milliseconds since 1970. */
  fetchedAt: number
}

/** What an object of the raw zone says of itself. */
export interface Origin {
  /** Address that was asked, or the name and version of the library that knew it. */
  from: string
  /** Milliseconds since 1970. */
  fetchedAt: number
  etag?: string | undefined
  /** Why it was refused. */
  reason?: string | undefined
}

/** Name in the raw zone: connectors/open-meteo/daily/date=2026-11-21/52.5_13.4_061700Z.json. */
function answerName(folder: string, key: string, fetchedAt: number): string {
  const [date, time] = new Date(fetchedAt).toISOString().split('T') as [string, string]
  return `${ROOT}/${folder}/date=${date}/${key}_${time.slice(0, 8).replaceAll(':', '')}Z.json`
}

/** @returns name of the object */
export async function keep(
  lake: Lake,
  folder: string,
  key: string,
  body: Uint8Array,
  origin: Origin,
): Promise<string> {
  const name = answerName(folder, key, origin.fetchedAt)
  const metadata = {
    'fetched-at': new Date(origin.fetchedAt).toISOString(),
    from: origin.from,
    sha256: createHash('sha256').update(body).digest('hex'),
    ...(origin.etag === undefined ? {} : { 'source-etag': headerText(origin.etag) }),
    ...(origin.reason === undefined ? {} : { reason: headerText(origin.reason) }),
  }
  // Whoever was first within the same second has kept the same answer.
  await lake.create('raw', name, body, metadata)
  return name
}

/** The newest answer of each key of a folder, among those fetched on or after the day of `since`. */
export async function newestAnswers(
  lake: Lake,
  folder: string,
  since: number,
): Promise<Map<string, KeptAnswer>> {
  const prefix = `${ROOT}/${folder}/`
  const day = utcDate(Math.max(0, since))
  const newest = new Map<string, KeptAnswer>()
  for await (const { name } of lake.list('raw', prefix, `${prefix}date=${day}`)) {
    const match = /\/date=(\d{4}-\d\d-\d\d)\/(.+)_(\d\d)(\d\d)(\d\d)Z\.json$/.exec(name)
    if (!match) continue
    const [, date, key, hours, minutes, seconds] = match
    // Within a key, names sort by time.
    newest.set(key!, { name, fetchedAt: Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`) })
  }
  return newest
}

/** The entity tag that came with a kept answer. */
export async function etagOf(lake: Lake, answer: KeptAnswer): Promise<string | undefined> {
  return (await lake.metadata('raw', answer.name))?.['source-etag']
}

/** S3 takes 2 KB of metadata in all, and printable ASCII. */
function headerText(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 500)
}
