/**
 * Answers as they lie in the raw zone. The object is what the service sent, byte for byte; where it came from is in
 * the object's user metadata.
 */

import { createHash } from 'node:crypto'
import { REFUSED_METADATA, seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { utcDate } from '@shelfcast/contracts/dates'
import type { Lake } from '@shelfcast/runtime/lake'

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

/** Of a service's answers: a kind of datasets, the service, and what was asked of it. */
export interface AnswerSeries {
  kind: string
  source: string
  series: string
}

const folderOf = ({ kind, source, series }: AnswerSeries) => seriesFolder(kind, source, series)

/** Name in the raw zone: datasets/weather-answers/open-meteo/daily/2026-11-21T061700000Z_52.5_13.4.json. */
function answerName(series: AnswerSeries, key: string, at: number): string {
  return `${folderOf(series)}${new Date(at).toISOString().replaceAll(/[:.]/g, '')}_${key}.json`
}

/** Names of a series ascend in the order in which they are written: no two answers of a lake have one millisecond. */
const lastTimes = new WeakMap<Lake, number>()
function timeOf(lake: Lake, fetchedAt: number): number {
  const time = Math.max(fetchedAt, (lastTimes.get(lake) ?? 0) + 1)
  lastTimes.set(lake, time)
  return time
}

/** @returns name of the object */
export async function keep(
  lake: Lake,
  series: AnswerSeries,
  key: string,
  body: Uint8Array,
  origin: Origin,
): Promise<string> {
  const name = answerName(series, key, timeOf(lake, origin.fetchedAt))
  const metadata = {
    'fetched-at': new Date(origin.fetchedAt).toISOString(),
    from: origin.from,
    sha256: createHash('sha256').update(body).digest('hex'),
    ...(origin.etag === undefined ? {} : { 'source-etag': headerText(origin.etag) }),
    ...(origin.reason === undefined ? {} : { [REFUSED_METADATA]: headerText(origin.reason) }),
  }
  await lake.create('raw', name, body, metadata)
  return name
}

/** The newest answer of each key of a series, among those fetched on or after the day of `since`. */
export async function newestAnswers(
  lake: Lake,
  series: AnswerSeries,
  since: number,
): Promise<Map<string, KeptAnswer>> {
  const prefix = folderOf(series)
  const day = utcDate(Math.max(0, since))
  const newest = new Map<string, KeptAnswer>()
  for await (const { name } of lake.list('raw', prefix, `${prefix}${day}`)) {
    const match = /^(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)(\d\d\d)Z_(.+)\.json$/.exec(name.slice(prefix.length))
    if (!match) continue
    const [, date, hours, minutes, seconds, millis, key] = match
    // Names sort by time.
    newest.set(key!, { name, fetchedAt: Date.parse(`${date}T${hours}:${minutes}:${seconds}.${millis}Z`) })
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
