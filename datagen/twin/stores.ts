/** The twin's stores: where they are, when they are open, and how busy. The same for every seed. */
import type { Store } from '@shelfcast/contracts/reference'

/** All stores are in one time zone, so that an hour of the twin is the same hour of day everywhere. */
export const TIME_ZONE = 'Europe/Dublin'

export interface TwinStore extends Store {
  /** Hours of the local day: open from the first until before the second. */
  hours: readonly [number, number]
  tills: number
  /** Baskets in the busiest hour of an average weekday; all stores together make about 150. */
  peakBaskets: number
  /** Mean number of lines of a basket. */
  basketLines: number
  /** Busyness by local hour, 1 at the peak. */
  hourProfile: readonly number[]
  /** Busyness by weekday, Monday first. */
  weekdayProfile: readonly number[]
}

const WEEKLY_SHOP = [
  0.04, 0.02, 0.02, 0.02, 0.03, 0.05, 0.12, 0.3, 0.45, 0.6, 0.72, 0.8, 0.84, 0.78, 0.74, 0.78, 0.9, 1, 0.97,
  0.78, 0.56, 0.38, 0.2, 0.09,
]
const ON_THE_WAY = [
  0.02, 0.01, 0.01, 0.01, 0.02, 0.08, 0.34, 0.74, 0.86, 0.52, 0.42, 0.56, 0.94, 1, 0.58, 0.5, 0.62, 0.9, 0.84,
  0.6, 0.48, 0.38, 0.26, 0.1,
]
const LECTURE_DAY = [
  0, 0, 0, 0, 0, 0, 0.1, 0.3, 0.72, 0.62, 0.74, 0.82, 1, 0.96, 0.7, 0.62, 0.6, 0.5, 0.42, 0.3, 0.24, 0.12, 0,
  0,
]
const ORDERED_AT_HOME = [
  0.12, 0.05, 0.03, 0.03, 0.04, 0.08, 0.2, 0.34, 0.46, 0.55, 0.6, 0.58, 0.56, 0.5, 0.48, 0.5, 0.56, 0.64,
  0.76, 0.9, 1, 0.92, 0.6, 0.3,
]

const WEEKEND_HEAVY = [0.82, 0.82, 0.88, 0.98, 1.18, 1.32, 1.0]
const OFFICE_WEEK = [1.02, 1.06, 1.08, 1.1, 1.12, 0.86, 0.76]
const TERM_WEEK = [1.15, 1.25, 1.25, 1.2, 1.0, 0.6, 0.55]

interface Kind {
  profile: string
  hours: readonly [number, number]
  tills: number
  basketLines: number
  hourProfile: readonly number[]
  weekdayProfile: readonly number[]
}
const HYPERMARKET: Kind = {
  profile: 'hypermarket',
  hours: [0, 24],
  tills: 8,
  basketLines: 11,
  hourProfile: WEEKLY_SHOP,
  weekdayProfile: WEEKEND_HEAVY,
}
const SUPERMARKET: Kind = {
  profile: 'supermarket',
  hours: [7, 22],
  tills: 5,
  basketLines: 9,
  hourProfile: WEEKLY_SHOP,
  weekdayProfile: WEEKEND_HEAVY,
}
const CONVENIENCE: Kind = {
  profile: 'convenience',
  hours: [6, 24],
  tills: 2,
  basketLines: 3,
  hourProfile: ON_THE_WAY,
  weekdayProfile: OFFICE_WEEK,
}
const CAMPUS: Kind = {
  profile: 'campus',
  hours: [7, 22],
  tills: 3,
  basketLines: 3,
  hourProfile: LECTURE_DAY,
  weekdayProfile: TERM_WEEK,
}
const ONLINE: Kind = {
  profile: 'online',
  hours: [0, 24],
  tills: 1,
  basketLines: 14,
  hourProfile: ORDERED_AT_HOME,
  weekdayProfile: WEEKEND_HEAVY,
}

const store = (
  store_id: string,
  name: string,
  region: string,
  kind: Kind,
  peakBaskets: number,
): TwinStore => ({
  store_id,
  name,
  region,
  time_zone: TIME_ZONE,
  currency: 'EUR',
  peakBaskets,
  ...kind,
})

export const STORES: readonly TwinStore[] = [
  store('DUB-01', 'Dublin, Grand Canal Dock', 'Dublin', CONVENIENCE, 18),
  store('DUB-02', 'Dublin, Liffey Valley', 'Dublin', HYPERMARKET, 36),
  store('DUB-03', 'Dublin, Belfield Campus', 'Dublin', CAMPUS, 16),
  store('COR-01', 'Cork, Douglas', 'Munster', SUPERMARKET, 22),
  store('COR-02', 'Cork, Patrick Street', 'Munster', CONVENIENCE, 14),
  store('GAL-01', 'Galway, Salthill', 'Connacht', SUPERMARKET, 20),
  store('LIM-01', 'Limerick, Castletroy Campus', 'Munster', CAMPUS, 10),
  store('WEB-01', 'Online, Dublin West', 'Online', ONLINE, 14),
]

/** Expected baskets in an hour; 0 when closed. */
export function expectedBaskets(store: TwinStore, weekday: number, hour: number): number {
  if (hour < store.hours[0] || hour >= store.hours[1]) return 0
  return store.peakBaskets * store.hourProfile[hour]! * store.weekdayProfile[weekday]!
}
