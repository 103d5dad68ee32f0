/** Where the stores are, from the reference data that sources publish to the lake. */
import { DATASETS_PREFIX, datasetPlace, snapshotName } from '@shelfcast/contracts/datasets/layout'
import { STORES, Store } from '@shelfcast/contracts/datasets/stores'
import type { Lake } from '@shelfcast/runtime/lake'
import { Value } from 'typebox/value'

/** A square of a tenth of a degree, about 11 km: as fine as weather models are. */
export interface Place {
  /** Latitude and longitude: `52.5_13.4`. */
  key: string
  latitude: string
  longitude: string
}

export interface Places {
  /** Each once, in the order of their keys. */
  places: Place[]
  /** ISO 3166, each once, sorted. */
  countries: string[]
  /** Stores whose source does not say where they are. */
  storesWithoutPlace: number
  storesWithoutCountry: number
}

export async function readPlaces(lake: Lake): Promise<Places> {
  const places = new Map<string, Place>()
  const countries = new Set<string>()
  let storesWithoutPlace = 0
  let storesWithoutCountry = 0
  for await (const { name } of lake.list('raw', `${DATASETS_PREFIX}${STORES.kind}/`)) {
    const source = datasetPlace(name)?.source
    if (source === undefined || name !== snapshotName(STORES, source)) continue
    for (const line of (await lake.read('raw', name)).toString('utf8').split('\n').filter(Boolean)) {
      const store = storeOf(line)
      if (store?.latitude === undefined || store.longitude === undefined) storesWithoutPlace += 1
      else {
        const place = placeOf(store.latitude, store.longitude)
        places.set(place.key, place)
      }
      if (store?.country === undefined) storesWithoutCountry += 1
      else countries.add(store.country)
    }
  }
  return {
    places: [...places.values()].sort((one, other) => (one.key < other.key ? -1 : 1)),
    countries: [...countries].sort(),
    storesWithoutPlace,
    storesWithoutCountry,
  }
}

/** A row that is not as agreed tells nothing; ingest reports it. */
function storeOf(line: string): Store | undefined {
  try {
    const row: unknown = JSON.parse(line)
    return Value.Check(Store, row) ? row : undefined
  } catch {
    return undefined
  }
}

function placeOf(latitude: number, longitude: number): Place {
  const [north, east] = [latitude, longitude].map((degrees) => (Math.round(degrees * 10) / 10).toFixed(1))
  return { key: `${north}_${east}`, latitude: north!, longitude: east! }
}
