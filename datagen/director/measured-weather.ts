/** The weather that stations measure: that of the world, with what the director lets happen to it. */
import { dayHours } from '@shelfcast/contracts/dates'
import type { DailyWeather, Happening } from '../sim/model.ts'
import type { Weather } from '../sim/weather.ts'
import type { World } from '../world/world.ts'

export const WEATHER_HAPPENINGS: readonly string[] = ['rainy_week', 'heat_wave'] satisfies Happening['kind'][]

/**
 * A happening counts where it is at all stores of a zone, by the share of the day's hours in which it goes on.
 * @param happenings of any kind
 */
export function measuredWeather(
  world: World,
  weather: Weather,
  happenings: readonly Happening[],
): Pick<Weather, 'on'> {
  const changes = happenings.filter(({ kind }) => WEATHER_HAPPENINGS.includes(kind))
  const zones = world.weather_zones.map(({ zone_id }) =>
    [...world.stores.keys()].filter((store) => world.stores[store]!.weather_zone === zone_id),
  )
  return {
    on: (day) =>
      weather.on(day).map((measured, zone) => {
        const stores = zones[zone]!
        const ofZone = changes.filter(
          (change) => stores.length > 0 && stores.every((store) => change.stores?.includes(store) ?? true),
        )
        return ofZone.reduce(
          (measured, change) => changed(measured, change, shareOfDay(world, stores[0]!, day, change)),
          measured,
        )
      }),
  }
}

function shareOfDay(world: World, store: number, day: number, { from, to }: Happening): number {
  const { time_zone } = world.stores[store]!
  const begins = dayHours(time_zone, day)[0]!
  const ends = dayHours(time_zone, day + 1)[0]!
  return Math.max(0, Math.min(to, ends) - Math.max(from, begins)) / (ends - begins)
}

function changed(weather: DailyWeather, { kind, strength }: Happening, share: number): DailyWeather {
  if (share === 0) return weather
  if (kind === 'rainy_week') {
    const more = Math.max(0, strength - weather.rain_mm) * share
    return { ...weather, rain_mm: tenth(weather.rain_mm + more) }
  }
  const more = Math.max(0, strength - weather.anomaly) * share
  return {
    ...weather,
    temperature: tenth(weather.temperature + more),
    anomaly: tenth(weather.anomaly + more),
    rain_mm: tenth(weather.rain_mm * (1 - share)),
  }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
