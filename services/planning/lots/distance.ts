/** How far apart stores are. */

export interface Place {
  region: string
  /** Degrees; null where nobody says. */
  latitude: number | null
  longitude: number | null
}

const EARTH_RADIUS_KM = 6_371.0088
const radians = (degrees: number) => (degrees * Math.PI) / 180

/**
 * Kilometres along the great circle: haversine (Sinnott, Sky and Telescope 68, 1984). Without coordinates, what is usual
 * within a region; null where even that is not known.
 */
export function distanceKm(one: Place, other: Place, withinRegion: number): number | null {
  if (one.latitude === null || one.longitude === null || other.latitude === null || other.longitude === null)
    return one.region !== '' && one.region === other.region ? withinRegion : null
  const latitude = radians(other.latitude - one.latitude)
  const longitude = radians(other.longitude - one.longitude)
  const square =
    Math.sin(latitude / 2) ** 2 +
    Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude)) * Math.sin(longitude / 2) ** 2
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(square)))
}
