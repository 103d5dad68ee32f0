/** Days and mornings of stores that may lie in several time zones. */
import { dayHours, localDay } from '@shelfcast/contracts/dates'
import type { World } from '../world/world.ts'

/** When stores that never close are taken to wake. */
const MORNING_HOUR = 6

export function localDayOf(world: World, store: number, at: number): number {
  return localDay(world.stores[store]!.time_zone, at)
}

/** The latest calendar day that some store is at. */
export function latestDay(world: World, at: number): number {
  return Math.max(...world.stores.map((_, store) => localDayOf(world, store, at)))
}

/** When the first store opens that was closed, on a day that has begun everywhere: milliseconds since 1970. */
export function morningOf(world: World, day: number): number {
  const begins = world.stores.map(({ time_zone }) => dayHours(time_zone, day)[0]!)
  const opens = world.stores.map(({ time_zone, hours }) => {
    const allDay = hours[0] === 0 && hours[1] === 24
    return dayHours(time_zone, day)[allDay ? MORNING_HOUR : hours[0]!]!
  })
  return Math.max(Math.min(...opens), ...begins)
}
