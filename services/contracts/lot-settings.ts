/** By which rules markdowns and transfers between stores are proposed. */
import { type Static, Type } from 'typebox'
import { STRICT } from './outside.ts'

const Money = (initial: number, description: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 100_000_000,
    default: initial,
    description: `minor units: ${description}`,
  })

export const LotSettings = Type.Object(
  {
    least_loss: Money(100, 'a lot of which less than this, at cost, is expected to be left over is not told'),
    markdown_floor_share: Type.Number({
      minimum: 0,
      maximum: 10,
      default: 0.5,
      description: 'no price is proposed that is below this share of the cost',
    }),
    transfer_days: Type.Integer({
      minimum: 0,
      maximum: 14,
      default: 1,
      description: 'days until what is sent is on the shelf of the other store',
    }),
    transfer_life_days: Type.Integer({
      minimum: 1,
      maximum: 60,
      default: 2,
      description: 'days of sale that a lot must have left when it is there',
    }),
    sender_confidence: Type.Number({
      minimum: 0.5,
      maximum: 0.999,
      default: 0.95,
      description:
        'with what probability the sender still sells all that is asked for until its next delivery',
    }),
    line_cost: Money(60, 'to pick, book and shelve one lot of one SKU, at both stores'),
    litre_cost: Money(3, 'to carry a litre of goods'),
    trip_cost: Money(1_000, 'a trip from one store to another, whatever it carries'),
    km_cost: Money(50, 'a kilometre of a trip, the way back included'),
    most_km: Type.Number({
      minimum: 0,
      maximum: 20_000,
      default: 60,
      description: 'stores that are farther apart send each other nothing',
    }),
    region_km: Type.Number({
      minimum: 0,
      maximum: 20_000,
      default: 30,
      description: 'taken for the distance within a region where no coordinates are known',
    }),
    least_trip_worth: Money(500, 'a trip that is expected to earn less, its costs paid, is not proposed'),
  },
  STRICT,
)
export type LotSettings = Static<typeof LotSettings>

export const DEFAULT_LOT_SETTINGS: LotSettings = {
  least_loss: 100,
  markdown_floor_share: 0.5,
  transfer_days: 1,
  transfer_life_days: 2,
  sender_confidence: 0.95,
  line_cost: 60,
  litre_cost: 3,
  trip_cost: 1_000,
  km_cost: 50,
  most_km: 60,
  region_km: 30,
  least_trip_worth: 500,
}
