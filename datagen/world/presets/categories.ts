/** The categories of a grocer, and what the goods of each have in common. */
import { type Category, FESTIVALS, PROFILES, type Profile, RHYTHMS } from '../world.ts'
import { list, number, type Row, readRows, shareOfYear, text } from './rows.ts'

/** A category with what its products are made by. */
export interface Shelf {
  category: Category
  supplierId: string
  /** Share of the price that is not cost. */
  margin: number
  elasticity: number
  mlPerGram: number
  /** Of a piece without a weight. */
  mlPerPiece: number
  shelfLifeDays: number
  /** Demand relative to a supermarket. */
  profiles: Record<Profile, number>
}

/** By name, in the order of the list. */
export function readShelves(): Map<string, Shelf> {
  return new Map(readRows('categories').map((row) => [text(row, 'category'), readShelf(row)]))
}

function readShelf(row: Row): Shelf {
  const rhythm = RHYTHMS.find((name) => name === text(row, 'rhythm'))
  if (!rhythm)
    throw new Error(`${text(row, 'category')}: categories.csv has the rhythm ${text(row, 'rhythm')}.`)
  return {
    category: {
      category: text(row, 'category'),
      department: text(row, 'department'),
      rhythm,
      season_amplitude: number(row, 'season_amplitude'),
      season_peak: shareOfYear(text(row, 'peak_month')) % 1,
      weekend: number(row, 'weekend'),
      rain: number(row, 'rain'),
      warmth: number(row, 'warmth'),
      festivals: Object.fromEntries(
        FESTIVALS.flatMap((festival) => {
          const uplift = number(row, festival)
          return uplift === 0 ? [] : [[festival, uplift]]
        }),
      ),
      substitution: number(row, 'substitution'),
      cannibalisation: number(row, 'cannibalisation'),
      missions: list(row, 'missions'),
      return_share: number(row, 'return_share'),
    },
    supplierId: text(row, 'supplier_id'),
    margin: number(row, 'margin'),
    elasticity: number(row, 'elasticity'),
    mlPerGram: number(row, 'ml_per_g'),
    mlPerPiece: number(row, 'ml_per_piece'),
    shelfLifeDays: number(row, 'shelf_life_days'),
    profiles: { ...profilesOf(row), supermarket: 1 },
  }
}

function profilesOf(row: Row) {
  const columns = PROFILES.filter((profile) => profile !== 'supermarket')
  return Object.fromEntries(columns.map((profile) => [profile, number(row, profile)])) as Record<
    Exclude<Profile, 'supermarket'>,
    number
  >
}
