/** What stands behind a time and says which one it is: an offset, the name of a zone, or both. */
import { Temporal } from 'temporal-polyfill'
import { type CellFault, fault } from './faults.ts'

const OFFSET = /^(?:UTC|GMT)?([+\-\u2212])(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:\.0+)?)?)?$/i
const UTC = /^(?:Z|UTC|GMT|UT)$/i
const ZONE_NAME = /^[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+){1,2}$/
const ABBREVIATION = /^[A-Za-z]{2,5}$/
/** The widest that any place has: +14:00 on the Line Islands. */
const WIDEST_HOURS = 14
/** Languages in which an abbreviation is looked for: what is CEST in one is MESZ in another, and no more than +2 in a third. */
const LANGUAGES = ['en-GB', 'en-US', 'en-CA', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'de', 'fr', 'es', 'pt-BR']

/**
 * @param local what the clock showed
 * @param designator what stands behind it, such as `+02`, `Z`, `Europe/Paris` or `CEST`; '' is nothing
 * @param zone IANA zone of a time that has nothing behind it
 * @returns milliseconds since 1970
 */
export function instantOf(
  local: Temporal.PlainDateTime,
  designator: string,
  zone: string,
): number | CellFault {
  if (designator === '') return local.toZonedDateTime(zone).epochMilliseconds
  if (UTC.test(designator)) return local.toZonedDateTime('UTC').epochMilliseconds

  const offset = OFFSET.exec(designator)
  if (offset) return atOffset(local, offset)

  // ISO 9557: 2026-07-01T09:15:00+02:00[Europe/Paris]; Oracle adds the abbreviation: Europe/Paris CEST.
  const zoneMatch =
    /^(\S*?)\s*\[!?([^[\]]+)\]$/.exec(designator) ?? /^()(\S+\/\S+)(?:\s+[A-Z]{2,5})?$/.exec(designator)
  if (zoneMatch) return inZone(local, zoneMatch[1]!, zoneMatch[2]!, designator)

  if (ABBREVIATION.test(designator)) return byAbbreviation(local, designator, zone)
  return fault(
    `"${designator}" behind the time is no offset`,
    'Write an offset such as +02:00 or Z, or the time alone',
  )
}

function atOffset(
  local: Temporal.PlainDateTime,
  [text, sign, hours, minutes = '0', seconds = '0']: RegExpExecArray,
) {
  if (Number(hours) > WIDEST_HOURS || Number(minutes) > 59 || Number(seconds) > 59) {
    return fault(`no place has the offset ${text}`, 'Write an offset from -12:00 to +14:00')
  }
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return local.toZonedDateTime('UTC').epochMilliseconds - (sign === '+' ? size : -size)
}

function inZone(
  local: Temporal.PlainDateTime,
  offset: string,
  name: string,
  designator: string,
): number | CellFault {
  let at: number
  try {
    if (!ZONE_NAME.test(name) && !UTC.test(name)) throw new RangeError(name)
    at = local.toZonedDateTime(name).epochMilliseconds
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return fault(`there is no time zone "${name}"`, 'Write an IANA name such as Europe/Paris, or an offset')
  }
  if (offset === '') return at
  const exact = instantOf(local, offset, name)
  if (typeof exact !== 'number') return exact
  // The offset decides in the hour that comes twice in autumn.
  const localTime = Temporal.Instant.fromEpochMilliseconds(exact).toZonedDateTimeISO(name).toPlainDateTime()
  return localTime.equals(local)
    ? exact
    : fault(
        `"${designator}" contradicts itself: the clocks of ${name} were not at ${offset} then`,
        'Write the offset or the zone alone',
      )
}

/** IST is India, Ireland or Israel: an abbreviation holds only where it is one of the mapping's own zone at that time. */
function byAbbreviation(
  local: Temporal.PlainDateTime,
  abbreviation: string,
  zone: string,
): number | CellFault {
  const candidates = (['earlier', 'later'] as const).map((disambiguation) =>
    local.toZonedDateTime(zone, { disambiguation }),
  )
  for (const { epochMilliseconds } of candidates) {
    if (abbreviations(zone, epochMilliseconds).has(abbreviation.toUpperCase())) return epochMilliseconds
  }
  return fault(
    `"${abbreviation}" is not what the clocks of ${zone} were at then, and means other hours elsewhere`,
    'Write an offset such as +02:00, or give the zone of these times in the mapping (time.zone)',
  )
}

const formats = new Map<string, Intl.DateTimeFormat[]>()

function abbreviations(zone: string, at: number): Set<string> {
  let ofZone = formats.get(zone)
  if (!ofZone) {
    ofZone = LANGUAGES.map(
      (language) => new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: 'short' }),
    )
    formats.set(zone, ofZone)
  }
  const names = ofZone.map(
    (format) =>
      format
        .formatToParts(at)
        .find(({ type }) => type === 'timeZoneName')
        ?.value.toUpperCase() ?? '',
  )
  return new Set(names)
}
